{{/* Labels that identify the pods of version v1. They never change during the life of a release. */}}
{{- define "reviews-v1.selectorLabels" -}}
{{ include "reviews.selectorLabels" . }}
version: v1
{{- end }}

{{/* Labels on everything of version v1 but the pods. */}}
{{- define "reviews-v1.labels" -}}
{{ include "reviews-v1.selectorLabels" . }}
app.kubernetes.io/component: reviews
app.kubernetes.io/part-of: versions
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
team: reviews
{{- end }}
