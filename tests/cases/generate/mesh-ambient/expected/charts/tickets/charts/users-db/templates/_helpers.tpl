{{/* Labels that identify the pods. They never change during the life of a release. */}}
{{- define "users-db.selectorLabels" -}}
app.kubernetes.io/name: users-db
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels on everything but the pods. */}}
{{- define "users-db.labels" -}}
{{ include "users-db.selectorLabels" . }}
app.kubernetes.io/component: database
app.kubernetes.io/part-of: tickets
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* An image, its own host replaced by .registry where that is set. */}}
{{- define "users-db.from" -}}
{{- if .registry }}{{ .registry }}/{{ regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" .image "" }}{{ else }}{{ .image }}{{ end }}
{{- end }}

{{/* The image: repository@digest, or :tag, from image.registry or global.imageRegistry where one is set. */}}
{{- define "users-db.image" -}}
{{- $registry := .Values.image.registry | default ((.Values.global).imageRegistry) }}
{{- include "users-db.from" (dict "registry" $registry "image" .Values.image.repository) }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* How users-db is provided: a value that more than this chart reads. */}}
{{- define "users-db.provision" -}}
{{- $way := dig "datastores" "users-db" "provision" "" (.Values.global | default dict) | default "builtin" }}
{{- if not (has $way (list "builtin" "operator")) }}
{{- fail (printf "global.datastores.users-db.provision is %q, and this chart carries builtin and operator" $way) }}
{{- end }}
{{- $way }}
{{- end }}
