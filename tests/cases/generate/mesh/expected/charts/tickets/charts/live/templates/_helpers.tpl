{{/* Labels that identify the pods. They never change during the life of a release. */}}
{{- define "live.selectorLabels" -}}
app.kubernetes.io/name: live
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels on everything but the pods. */}}
{{- define "live.labels" -}}
{{ include "live.selectorLabels" . }}
app.kubernetes.io/component: live
app.kubernetes.io/part-of: tickets
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* How the monitoring finds the pods: annotations, podMonitor or none. */}}
{{- define "live.scrape" -}}
{{- dig "monitoring" "scrape" "annotations" (.Values.global | default dict) }}
{{- end }}

{{/* Who may read the metrics: NetworkPolicy peers, nothing where nobody may. */}}
{{- define "live.scrapers" -}}
{{- $namespace := dict "kubernetes.io/metadata.name" "monitoring" }}
{{- $default := list (dict "namespaceSelector" (dict "matchLabels" $namespace)) }}
{{- if ne (include "live.scrape" .) "none" }}
{{- with dig "monitoring" "from" $default (.Values.global | default dict) }}
{{- toYaml . }}
{{- end }}
{{- end }}
{{- end }}

{{/* An image, its own host replaced by .registry where that is set. */}}
{{- define "live.from" -}}
{{- if .registry }}{{ .registry }}/{{ regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" .image "" }}{{ else }}{{ .image }}{{ end }}
{{- end }}

{{/* The image: repository@digest, or :tag, from image.registry or global.imageRegistry where one is set. */}}
{{- define "live.image" -}}
{{- $registry := .Values.image.registry | default ((.Values.global).imageRegistry) }}
{{- include "live.from" (dict "registry" $registry "image" .Values.image.repository) }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}
