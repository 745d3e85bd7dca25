{{/* The platform's namespace. */}}
{{- define "mesh-policy.namespace" -}}
{{- .Release.Namespace }}
{{- end }}

{{/* What follows the name in an object's metadata; the object itself adds whose it is. */}}
{{- define "mesh-policy.metadata" }}
  labels:
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
    app.kubernetes.io/component: mesh-policy
    app.kubernetes.io/part-of: shop
    app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
    app.kubernetes.io/managed-by: {{ .Release.Service }}
    helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
