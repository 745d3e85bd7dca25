{{/* Labels that identify the pods. They never change during the life of a release. */}}
{{- define "prices.selectorLabels" -}}
app.kubernetes.io/name: prices
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels on everything but the pods. */}}
{{- define "prices.labels" -}}
{{ include "prices.selectorLabels" . }}
app.kubernetes.io/component: prices
app.kubernetes.io/part-of: tickets
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* An image, its own host replaced by .registry where that is set. */}}
{{- define "prices.from" -}}
{{- if .registry }}{{ .registry }}/{{ regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" .image "" }}{{ else }}{{ .image }}{{ end }}
{{- end }}

{{/* The image: repository@digest, or :tag, from image.registry or global.imageRegistry where one is set. */}}
{{- define "prices.image" -}}
{{- $registry := .Values.image.registry | default ((.Values.global).imageRegistry) }}
{{- include "prices.from" (dict "registry" $registry "image" .Values.image.repository) }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* A template with a version's values laid over the others; nothing of a version that is off. */}}
{{- define "prices.version" -}}
{{- $root := index . 0 }}
{{- $values := mergeOverwrite (deepCopy (omit $root.Values "versions")) (index $root.Values.versions (index . 1)) }}
{{- if $values.enabled }}
{{- include (index . 2) (dict "Values" $values "Chart" $root.Chart "Release" $root.Release "Capabilities" $root.Capabilities) }}
{{- end }}
{{- end }}
