{{/* Labels that identify the pods of version v1. They never change during the life of a release. */}}
{{- define "ratings-v1.selectorLabels" -}}
{{ include "ratings.selectorLabels" . }}
version: v1
{{- end }}

{{/* Labels on everything of version v1 but the pods. */}}
{{- define "ratings-v1.labels" -}}
{{ include "ratings-v1.selectorLabels" . }}
app.kubernetes.io/component: ratings
app.kubernetes.io/part-of: versions
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
