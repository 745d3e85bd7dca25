{{/* Labels that identify the pods. They never change during the life of a release. */}}
{{- define "cache.selectorLabels" -}}
app.kubernetes.io/name: cache
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels on everything but the pods. */}}
{{- define "cache.labels" -}}
{{ include "cache.selectorLabels" . }}
app.kubernetes.io/component: cache
app.kubernetes.io/part-of: shop
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* An image, its own host replaced by .registry where that is set. */}}
{{- define "cache.from" -}}
{{- if .registry }}{{ .registry }}/{{ regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" .image "" }}{{ else }}{{ .image }}{{ end }}
{{- end }}

{{/* The image: repository@digest, or :tag, from image.registry or global.imageRegistry where one is set. */}}
{{- define "cache.image" -}}
{{- $registry := .Values.image.registry | default ((.Values.global).imageRegistry) }}
{{- include "cache.from" (dict "registry" $registry "image" .Values.image.repository) }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* How cache is provided: a value that more than this chart reads. */}}
{{- define "cache.provision" -}}
{{- $way := dig "datastores" "cache" "provision" "" (.Values.global | default dict) | default "builtin" }}
{{- if not (has $way (list "builtin")) }}
{{- fail (printf "global.datastores.cache.provision is %q, and this chart carries builtin" $way) }}
{{- end }}
{{- $way }}
{{- end }}
