{{/* Labels that identify the pods. They never change during the life of a release. */}}
{{- define "nightly-report.selectorLabels" -}}
app.kubernetes.io/name: nightly-report
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels on everything but the pods. */}}
{{- define "nightly-report.labels" -}}
{{ include "nightly-report.selectorLabels" . }}
app.kubernetes.io/component: batch
app.kubernetes.io/part-of: shop
app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | trunc 63 | trimAll "-._" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimAll "-._" }}
{{- end }}

{{/* The image: [registry/]repository@digest, or :tag. */}}
{{- define "nightly-report.image" -}}
{{- $registry := .Values.image.registry | default ((.Values.global).imageRegistry) -}}
{{- with $registry }}{{ . }}/{{ end }}{{ .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}
