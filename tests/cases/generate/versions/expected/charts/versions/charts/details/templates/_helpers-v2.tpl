{{/* Labels that identify the pods of version v2. They never change during the life of a release. */}}
{{- define "details-v2.selectorLabels" -}}
{{ include "details.selectorLabels" . }}
version: v2
{{- end }}

{{/* Labels on everything of version v2 but the pods. */}}
{{- define "details-v2.labels" -}}
{{ include "details-v2.selectorLabels" . }}
app.kubernetes.io/component: details
app.kubernetes.io/part-of: versions
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
