{{/* Labels that identify the pods of version v1. They never change during the life of a release. */}}
{{- define "prices-v1.selectorLabels" -}}
{{ include "prices.selectorLabels" . }}
version: v1
{{- end }}

{{/* Labels on everything of version v1 but the pods. */}}
{{- define "prices-v1.labels" -}}
{{ include "prices-v1.selectorLabels" . }}
app.kubernetes.io/component: prices
app.kubernetes.io/part-of: tickets
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
