{{/* Labels that identify the pods of version v2. They never change during the life of a release. */}}
{{- define "ratings-v2.selectorLabels" -}}
{{ include "ratings.selectorLabels" . }}
version: v2
{{- end }}

{{/* Labels on everything of version v2 but the pods. */}}
{{- define "ratings-v2.labels" -}}
{{ include "ratings-v2.selectorLabels" . }}
app.kubernetes.io/component: ratings
app.kubernetes.io/part-of: versions
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
