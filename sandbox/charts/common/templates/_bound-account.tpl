{{/* The service account that gets the server's rights. */}}
{{- define "epinio.boundAccount" -}}
{{ include "epinio.serviceAccountName" . }}
{{- end -}}
