{{/* Labels that identify the pods. They never change during the life of a release. */}}
{{- define "graph.selectorLabels" -}}
app.kubernetes.io/name: graph
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels on everything but the pods. */}}
{{- define "graph.labels" -}}
{{ include "graph.selectorLabels" . }}
app.kubernetes.io/component: database
app.kubernetes.io/part-of: stores
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* An image, its own host replaced by .registry where that is set. */}}
{{- define "graph.from" -}}
{{- if .registry }}{{ .registry }}/{{ regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" .image "" }}{{ else }}{{ .image }}{{ end }}
{{- end }}

{{/* The image: repository@digest, or :tag, from image.registry or global.imageRegistry where one is set. */}}
{{- define "graph.image" -}}
{{- $registry := .Values.image.registry | default ((.Values.global).imageRegistry) }}
{{- include "graph.from" (dict "registry" $registry "image" .Values.image.repository) }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* How graph is provided: a value that more than this chart reads. */}}
{{- define "graph.provision" -}}
{{- $way := dig "datastores" "graph" "provision" "" (.Values.global | default dict) | default "builtin" }}
{{- if not (has $way (list "builtin")) }}
{{- fail (printf "global.datastores.graph.provision is %q, and this chart carries builtin" $way) }}
{{- end }}
{{- $way }}
{{- end }}
