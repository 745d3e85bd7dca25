{{/* Labels that identify the pods of version v3. They never change during the life of a release. */}}
{{- define "reviews-v3.selectorLabels" -}}
{{ include "reviews.selectorLabels" . }}
version: v3
{{- end }}

{{/* Labels on everything of version v3 but the pods. */}}
{{- define "reviews-v3.labels" -}}
{{ include "reviews-v3.selectorLabels" . }}
app.kubernetes.io/component: reviews
app.kubernetes.io/part-of: versions
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
team: reviews
{{- end }}
