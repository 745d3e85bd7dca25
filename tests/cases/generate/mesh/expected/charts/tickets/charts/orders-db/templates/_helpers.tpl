{{/* Labels that identify the pods. They never change during the life of a release. */}}
{{- define "orders-db.selectorLabels" -}}
app.kubernetes.io/name: orders-db
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels on everything but the pods. */}}
{{- define "orders-db.labels" -}}
{{ include "orders-db.selectorLabels" . }}
app.kubernetes.io/component: database
app.kubernetes.io/part-of: tickets
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* An image, its own host replaced by .registry where that is set. */}}
{{- define "orders-db.from" -}}
{{- if .registry }}{{ .registry }}/{{ regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" .image "" }}{{ else }}{{ .image }}{{ end }}
{{- end }}

{{/* The image: repository@digest, or :tag, from image.registry or global.imageRegistry where one is set. */}}
{{- define "orders-db.image" -}}
{{- $registry := .Values.image.registry | default ((.Values.global).imageRegistry) }}
{{- include "orders-db.from" (dict "registry" $registry "image" .Values.image.repository) }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* How orders-db is provided: a value that more than this chart reads. */}}
{{- define "orders-db.provision" -}}
{{- $way := dig "datastores" "orders-db" "provision" "" (.Values.global | default dict) | default "builtin" }}
{{- if not (has $way (list "builtin" "operator" "external")) }}
{{- fail (printf "global.datastores.orders-db.provision is %q, and this chart carries builtin and operator and external" $way) }}
{{- end }}
{{- $way }}
{{- end }}
