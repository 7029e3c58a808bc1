{{/* Up to 1.13.4 a fixed name, though the Deployment follows `serviceAccount.name`: its pods would lack every right. */}}
{{- define "epinio.boundAccount" -}}
epinio-server
{{- end -}}
