{{/* Labels that identify the pods. They never change during the life of a release. */}}
{{- define "a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-g23.selectorLabels" -}}
app.kubernetes.io/name: a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-g23
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels on everything but the pods. */}}
{{- define "a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-g23.labels" -}}
{{ include "a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-g23.selectorLabels" . }}
app.kubernetes.io/component: a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-g23
app.kubernetes.io/part-of: odd
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | trunc 63 | trimAll "-._" }}
{{- end }}

{{/* An image, its own host replaced by .registry where that is set. */}}
{{- define "a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-g23.from" -}}
{{- if .registry }}{{ .registry }}/{{ regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" .image "" }}{{ else }}{{ .image }}{{ end }}
{{- end }}

{{/* The image: repository@digest, or :tag, from image.registry or global.imageRegistry where one is set. */}}
{{- define "a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-g23.image" -}}
{{- $registry := .Values.image.registry | default ((.Values.global).imageRegistry) }}
{{- include "a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-g23.from" (dict "registry" $registry "image" .Values.image.repository) }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}
