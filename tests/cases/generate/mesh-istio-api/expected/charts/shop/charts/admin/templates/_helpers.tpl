{{/* Labels that identify the pods. They never change during the life of a release. */}}
{{- define "admin.selectorLabels" -}}
app.kubernetes.io/name: admin
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels on everything but the pods. */}}
{{- define "admin.labels" -}}
{{ include "admin.selectorLabels" . }}
app.kubernetes.io/component: admin
app.kubernetes.io/part-of: shop
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* How the monitoring finds the pods: annotations, podMonitor or none. */}}
{{- define "admin.scrape" -}}
{{- dig "monitoring" "scrape" "annotations" (.Values.global | default dict) }}
{{- end }}

{{/* Who may read the metrics: NetworkPolicy peers, nothing where nobody may. */}}
{{- define "admin.scrapers" -}}
{{- $namespace := dict "kubernetes.io/metadata.name" "monitoring" }}
{{- $default := list (dict "namespaceSelector" (dict "matchLabels" $namespace)) }}
{{- if ne (include "admin.scrape" .) "none" }}
{{- with dig "monitoring" "from" $default (.Values.global | default dict) }}
{{- toYaml . }}
{{- end }}
{{- end }}
{{- end }}

{{/* An image, its own host replaced by .registry where that is set. */}}
{{- define "admin.from" -}}
{{- if .registry }}{{ .registry }}/{{ regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" .image "" }}{{ else }}{{ .image }}{{ end }}
{{- end }}

{{/* The image: repository@digest, or :tag, from image.registry or global.imageRegistry where one is set. */}}
{{- define "admin.image" -}}
{{- $registry := .Values.image.registry | default ((.Values.global).imageRegistry) }}
{{- include "admin.from" (dict "registry" $registry "image" .Values.image.repository) }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}
