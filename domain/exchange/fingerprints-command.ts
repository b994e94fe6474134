// How a person sees on the Exchange server itself which certificate it has, in the digits that Mailferry shows.

/**
 * SHA-256 as pairs with colons, and whose certificate it is. Thumbprint, in all of Exchange's own lists, is SHA-1, and
 * GetCertHashString("SHA256") needs .NET 4.8; this runs in the PowerShell of every Exchange server.
 */
export const fingerprintsCommand =
  "Get-ChildItem Cert:\\LocalMachine\\My | ForEach-Object { [BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash($_.RawData)).Replace('-',':') + '  ' + $_.Subject }";
