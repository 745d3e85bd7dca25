{{/* Labels that identify the pods of version v2. They never change during the life of a release. */}}
{{- define "prices-v2.selectorLabels" -}}
{{ include "prices.selectorLabels" . }}
version: v2
{{- end }}

{{/* Labels on everything of version v2 but the pods. */}}
{{- define "prices-v2.labels" -}}
{{ include "prices-v2.selectorLabels" . }}
app.kubernetes.io/component: prices
app.kubernetes.io/part-of: tickets
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
