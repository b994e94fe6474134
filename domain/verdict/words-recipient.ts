// What servers say of a recipient, as patterns over normalised text: unknown, full, or for certain senders only.
import { any } from "./words";

const nobody =
  "unknown|not known|not (?:be )?found|not exist|exist|no longer|invalid|inactive|disabled|deactivated|discontinued|suspended|frozen|closed|terminated|expired|deleted|removed|unavailable|not available|not (?:\\w+ )?(?:listed|registered|recogni[sz]ed|valid|active|present|local|here)|unbekannt|nicht|ungultig|deaktiviert|gesperrt|geloscht|inconnu|invalide|desactive|introuvable|n'existe|no existe|inexistente|desconocid|no encontrad|deshabilitad|sconosciut|inesistente|non (?:esiste|trovat|valid|e valid)|disabilitat|onbekend|bestaat niet|niet (?:gevonden|bekend)|desconhecid|nao (?:existe|encontrad)|inativ|nieznan|nie istnieje|neexistuje|okand|finns inte|ukjent|ukendt|findes ikke|finnes ikke|bulunamadi|mevcut degil";
const somebody =
  "user|addressees?|recipients?|mail[ -]?box(?:es)?|account|e-?mail ?address(?:es)?|(?<!ip )address(?:es)?|alias|customer|person|caixa postal|employee|name|benutzer|empfanger\\w*|\\w*postfach|\\w*konto|adressat|destinataires?|utilisateur|boite|compte|adresse|destinatari[oa]s?|usuario|persona|buzon|cuenta|direccion|utente|casella|casilla|indirizzo|gebruiker|geadresseerde|ontvanger|usuario|endereco|uzytkownik|uzivatel|mottagaren?|mottaker|modtager|kullanici|alici";

/** The recipient does not exist, or no longer takes mail. */
export const nobodyWords = any(
  `\\b(?:${somebody})\\b[^.;]{0,60}?(?:${nobody})`,
  "(?:unknown|invalid|no such|non[- ]?exist\\w*|undefined|inactive|disabled|bad|not? (?:a )?(?:valid|known|local|registered)|unbekannte\\w?|ungultige\\w?|kein\\w*|nessun\\w*|ningun\\w*|aucun\\w*|inconnu|onbekende|nieznany|okand|ukjent|ukendt|neznamy|gecersiz|cannot find|can't find|could not find)[ :_]{1,2}(?:\\w+[ -]){0,2}?(?:users?|recipients?|mailbox(?:es)?|account|address(?:ee)?|person|name|local[ -]part|alias|gateway user|empfanger\\w*|benutzer|\\w*postfach|\\w*konto|adresse|adressat|destinataire|utente|usuario|casella|cuenta|utilisateur|gebruiker|ontvanger|uzytkownik|mottagare|mottaker|modtager|kullanici|alici)",
  `(?:no existe|non esiste|nao existe|bestaat niet|existiert nicht|n'existe pas) (?:\\w+ ){0,3}(?:${somebody})\\b`,
  "no (?:such )?(?:mail ?box|user|recipient|account|person|one)(?: \\w+)? (?:here|by|with|at|on|for|named|called|found)|in (?:the )?name directory|in my validrcptto",
  "un?routeable address|undeliverable address|mailbox unava\\w*able|mailbox not (?:found|available)|(?:^|recipient )address rejected:? ?@?\\W*$|recipient (?:address )?(?:rejected|refused)\\W*$",
  // 550 <gone@example.com> not found · 550 rcpt <gone@example.com> does not exist · 550 gone@example.com is not an active address at this host
  "^(?:rcpt )?<?@>?,?:? (?:is |was )?(?:not found|does not exist)|not an? (?:active|valid|known|existing) (?:e-?mail )?(?:address|user|mailbox|recipient|account)",
  "(?:couldn't|could not|cannot|can't|unable to) (?:find|locate) (?:\\w+ ){0,2}(?:user|recipient|mailbox|account|address)|recipient verif\\w+ failed",
  "recipient ?not ?found|nosuchuser|recipnotfound|nonexist(?!\\w* domain)",
  "not (?:listed in|our (?:customer|user)|a customer|(?:in|on) (?:our|the|this|my) (?:directory|server|system|list|recipient))|(?:doesn't|does not|don't|do not) (?:(?:handle|know|host|recognize)\\b|have (?:an? |any |such |the )?(?:\\S+ ){0,2}(?:account|mailbox|user|recipient|customer|e-?mail|address)\\b)|isn't (?:a )?(?:known|valid|local)",
  "(?:no|has no|have no) mailbox|no longer (?:on|at|with|works|in use|valid|active|available|accept)|not accepting (?:mail|messages)|ldap (?:lookup|user|recipient)|rejected by ldap",
  "ユーザー?(?:が|は|名)?\\s*(?:見つかり|存在し|不明|いません|ありません)|宛先(?:が|は)?(?:不明|存在し|見つかり)|受信者(?:が|は)|(?:アドレス|メールボックス)(?:が|は)(?:存在し|見つかり)",
  "(?:用户|收件人|邮箱|账号|帐号)[^ ]{0,6}(?:不存在|未知|无效|已停用)|无此用户|没有此用户|查无此",
  "(?:нет такого|неизвестн|несуществующ)|(?:пользовател|получател|адрес|ящик)\\p{L}*[^.]{0,30}(?:не (?:наиден|существу|зарегистр|извест)|недоступ|заблокирован|отключ|удал)",
  "사용자[^.]{0,12}(?:없|알 수)|수신자[^.]{0,12}없",
);

/** The reply begins by saying that there is nobody, but for the address or the server's own name. */
export const firstWords =
  /^(?:[\w.-]+: )?(?:<?@>?[ ,.:]*)?(?:recipient address rejected: )?(?:(?:no such|unknown) (?:user|recipient|mailbox|account)|(?:user|recipient|mailbox) (?:is )?(?:unknown|not found|does not exist|doesn't exist))\b/u;

/** The mailbox is there and full. */
export const fullWords = any(
  "over[ -]?quota|quota|overquota|out of (?:storage|space)|(?:mail)?box (?:is )?(?:too )?(?:full|over)|inbox (?:is )?full|mailbox size|insufficient (?:mailbox )?(?:storage|space) (?:for|in)|exceed\\w* (?:\\w+ ){0,3}(?:storage|mailbox)|account is full|storage limit",
  "postfach\\b[^.]{0,60}\\bvoll|speicherplatz|kontingent|boite[^.]{0,40}(?:pleine|saturee)|(?:buzon|casilla|cuenta)[^.]{0,40}llen[oa]|casella[^.]{0,40}piena|(?:postvak|mailbox)[^.]{0,30}\\bvol\\b|caixa[^.]{0,30}cheia",
  "容量|いっぱい|已满|переполнен|skrzynka[^.]{0,30}(?:pelna|przepelnion)",
);

/** The mailbox is there, but not for everyone. */
export const restrictedWords =
  /resolver\.rst|not authorized|notauthorized|not allowed to send (?:to|mail)|only accepts (?:messages|mail) from|accepts? only|delivery restriction|restricted (?:to|recipient)|internal (?:senders|only|users)|external forwarding|moderat|recipient (?:block policy|account is blocked)|account is blocked|compte[^.]{0,40}bloque|permission to (?:send|post)|members? only|requires? (?:sender )?approval|not permitted to (?:post|send) to/u;
