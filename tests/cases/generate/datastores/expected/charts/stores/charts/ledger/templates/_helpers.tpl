{{/* Labels that identify the pods. They never change during the life of a release. */}}
{{- define "ledger.selectorLabels" -}}
app.kubernetes.io/name: ledger
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels on everything but the pods. */}}
{{- define "ledger.labels" -}}
{{ include "ledger.selectorLabels" . }}
app.kubernetes.io/component: database
app.kubernetes.io/part-of: stores
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* How ledger is provided: a value that more than this chart reads. */}}
{{- define "ledger.provision" -}}
{{- $way := dig "datastores" "ledger" "provision" "" (.Values.global | default dict) | default "external" }}
{{- if not (has $way (list "external")) }}
{{- fail (printf "global.datastores.ledger.provision is %q, and this chart carries external" $way) }}
{{- end }}
{{- $way }}
{{- end }}
