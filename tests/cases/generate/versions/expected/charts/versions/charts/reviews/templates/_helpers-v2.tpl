{{/* Labels that identify the pods of version v2. They never change during the life of a release. */}}
{{- define "reviews-v2.selectorLabels" -}}
{{ include "reviews.selectorLabels" . }}
version: v2
{{- end }}

{{/* Labels on everything of version v2 but the pods. */}}
{{- define "reviews-v2.labels" -}}
{{ include "reviews-v2.selectorLabels" . }}
app.kubernetes.io/component: reviews
app.kubernetes.io/part-of: versions
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
team: reviews
tier: canary
{{- end }}
