// What servers say, as patterns over normalised text (see `plain`): general wordings in many languages, not single replies.

/** Lower case, without accents, addresses or the enhanced codes that repeat on each line: what the patterns are made for. */
export const plain = (text: string): string =>
  text
    .slice(0, 4096)
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(/[’‘`´]/g, "'")
    // A mailbox called spam@… says nothing about spam.
    .replace(/[^\s<>@"'()[\]]+@[^\s<>@,;:"'()[\]]+/g, "@")
    .replace(/(^|\n)\s*#?[245]\.\d{1,3}\.\d{1,3}\b/g, " ")
    .replace(/\s+/g, " ")
    .trim();

export const any = (...parts: string[]): RegExp => new RegExp(parts.join("|"), "u");

/** Unwanted mail, in so many words. */
export const spamWords = any(
  "spam(?!haus\\.org/faq)",
  "\\bu[bc]e\\b",
  "unsolicited",
  "\\bjunk",
  "\\bbulk\\b|mass ?mail",
  "bayes|\\bgtube\\b|heuristic",
  "unerwunscht",
  "werbe-?mail",
  "indesirable",
  "pourriel",
  "no desead[oa]",
  "no solicitad[oa]",
  "lixo eletronico",
  "nao solicitad[oa]",
  "indesiderat[ao]",
  "ongewenste",
  "スパム",
  "迷惑メール",
  "垃圾",
  "спам",
  "phish",
  "hameconnage",
  "backscatter",
  "suspicious|suspekt|verdachtig",
  "abus(?:e|ive)",
  "scam\\b|fraud",
);

/** Malware, and attachments or contents that a filter does not let in. */
export const virusWords = any(
  "virus(?!total)",
  "viren",
  "malware",
  "malicious",
  "infected|infiziert|infecte|infettat",
  "trojan",
  "eicar|\\bbanned: ",
  "clamav",
  "schadsoftware|schadcode",
  "ウイルス",
  "病毒",
  "вирус",
  "(?:banned|prohibited|blocked|forbidden|disallowed|illegal|dangerous|unerlaubte\\w*|verbotene\\w*|executable) (?:\\w+ )?(?:attachment|file|content|extension|anhang|datei)",
  "(?:attachment|file ?type|anhang|piece jointe|adjunto|allegato)\\w*[^.]{0,40}(?:not (?:allowed|accepted|permitted)|blocked|banned|prohibited|forbidden|nicht (?:erlaubt|zulassig)|interdit|no permitid|non (?:consentit|permess))",
  "potential security (?:issue|risk|threat)|security (?:policy|policies|reason|risk|threat|violation)",
  "content (?:was |is |has been )?(?:reject|restrict|block|denied|filter|violat|not accept)",
  "(?:message|mail) (?:was |has been )?(?:filtered|quarantined)",
  "content ?filter|filter ?rule|inhaltsfilter",
);

/** Lists of addresses and names with a bad record, and bad records themselves. */
export const listWords = any(
  // cPanel's "550 The account or domain may not exist, they may be blacklisted, or missing the proper dns entries." knows nothing.
  "(?<!may be )(?:black|block|deny|reject)[ -]?list",
  "liste? noire|lista n[ei]gra|schwarze\\w* liste|sperrliste|lista nera|ブラックリスト|黑名单|черн\\w+ спис",
  "dns-?[bw]l|\\brbls?\\b|\\b(?:uri|sur|d)bl\\b|\\brbl\\+",
  "spamhaus|spamcop|sorbs|barracudacentral|senderbase|senderscore|uceprotect|invaluement|abuseat|mailspike|psbl|backscatterer|manitu|cloudmark|talosintelligence|brightmail",
  "reputation|reputacion|reputazione|репутац",
  "(?:is|are|was|been|ip) (?:\\w+ )?listed (?:in|on|by|at)\\b|gelistet",
  "banned (?:sender|sending|ip|host|address)|(?:is|been|are) banned|bad outbound",
  "blocked (?:using|by (?!your organization)|for|from|because|due|at|-|\\()|(?:ip|host|client|server|sender|message|e-?mail|url|domain|connection|network|envelope)(?: \\S+){0,4} (?:is |are |was |been |has been )?blocked",
  // 550 permanent failure for one or more recipients (a@example.com:blocked) · 550 Ip frequency limited [… Blocked IP 192.0.2.22]
  "blocked - |^blocked\\W*$|@:\\s*blocked|blocked ip\\b|frequency limited",
  // 553 5.7.1 [TSS11] All messages from 192.0.2.1 will be permanently deferred · 521 5.2.1 (HVU:B1) · 554 IP=192.0.2.7 - A problem occurred. (BL)
  "permanently deferred|\\((?:hvu|rly|rtr|dyn|con|dns|ric):\\w+\\)|\\(bl\\)",
  // 554 Host network not allowed · 501 no access from mail server [192.0.2.55] which is an open relay
  "(?:network|ip|host|client|server)(?: \\S+)? (?:is )?not (?:allowed|permitted|accepted)(?! to relay)|(?<!not an )open (?:mail )?(?:relay|proxy)|from your (?:ip|host|server|network)|sender ip address",
  // 550 Mail from 192.0.2.7 refused: … · 550 Denied - listed in truncate.gbudb.net
  "(?:mail|messages?|connections?) from (?:ip )?\\[?(?:\\d{1,3}\\.){3}\\d{1,3}\\]?(?: \\w+){0,3} (?:refused|rejected|denied|blocked|not (?:accepted|allowed))|(?<!not )\\blisted (?:in|on|by|at) \\S+\\.[a-z]{2,}",
  "messages? from \\S+ weren't sent|part of their network is on",
  "bounce attack|spamtrap|honeypot|dictionary attack|directory harvest|harvesting",
);

/** Who the sender claims to be does not hold: SPF, DKIM, DMARC, Sender ID, names without an address behind them. */
export const proofWords = any(
  "\\bdmarc\\b|\\bdkim\\b|\\bspf\\b|sender policy framework|sender[ -]?id\\b|\\bpra\\b",
  "unauthenticated (?:e-?)?mail|not authenticated (?:e-?)?mail|email authentication|authentication checks",
  "reverse[ -](?:dns|lookup|hostname|mapping)|\\brdns\\b|\\bptr\\b|cannot find your (?:reverse )?hostname|no reverse|generic (?:host|dynamic)|dynamic (?:ip|address|host|range|pool)|dial-?up",
  "client host rejected|purported responsible",
  // 550 domain [example.com] mismatches client ip 192.0.2.225. · 554 INVALID IP FOR SENDING MAIL OF DOMAIN example.com
  "mismatch\\w* (?:the )?(?:client )?ip|not match (?:the |its )?ip|invalid ip for|does not have authentication information",
  // 550 [SPF] 192.0.2.7 is not allowed to send mail from example.net.
  "(?:\\d\\.\\d+\\]?|\\bip|host|server) (?:is |are )?not (?:allowed|permitted|authori[sz]ed|designated) (?:to send|as|sender)",
  "spoof|forged|impersonat|gefalscht|falsch\\w*absender|usurpat",
);

/** Refused by the policy of the other side, without saying more. Gateways say so of what they take for spam. */
export const policyWords = any(
  "polic(?:y|ies)",
  "richtlinie",
  "politique|politica(?!l)",
  "prohibited by|administrative(?:ly)? (?:prohib|denied|reject)",
  "(?:message|mail|nachricht|mensaje|messaggio|bericht|mensagem) (?:was |has been |is |not )?(?:refused|rejected|denied|unacceptable|accepted for|abgelehnt|zuruckgewiesen|rechazad|rifiutat|rejete|geweigerd|rejeitad)",
  "refuse(?:d)? (?:par|pour|for)|transaction failed|rejected by (?:header|content|body|recipient|filter|rule|user)",
  "sender (?:denied|blocked|refused|banned|not allowed)",
);

/** Too large; the header apart from it. */
export const headerWords = /header[^.]{0,60}(?:size|large|long|exceed|limit|maximum)|(?:size|length)[^.]{0,40}header/u;
export const sizeWords = any(
  "(?:message|mail|e-?mail|content|body|data|attachment)s?\\b[^.]{0,40}(?:size|length|too (?:large|big|long)|large)|(?:maximum|max\\.?|fixed) (?:\\w+ ){0,3}size|size (?:limit|exceed|too)|too (?:large|big)\\b|exceed\\w* (?:\\w+ ){0,4}size",
  "nachricht[^.]{0,30}zu gro(?:ss|ß)|zu gro(?:ss|ß)|maximalgro(?:ss|ß)e|trop (?:gros|volumineu|grand)|demasiado grande|tamano|troppo grand|dimension|te groot|muito grande|サイズ|太大|слишком больш|przekracza",
);

export const loopWords =
  /too many hops|hop count|hops? exceeded|mail(?:er)? ?loop|loop(?:ing)? (?:detected|back)|looping|routing loop|schleife|too many received|boucle/u;
export const relayWords = any(
  "\\brelay(?:ing|ed|s)?\\b(?!=| recipient (?:table|map)|_)",
  "rcpthosts|list of (?:\\w+ )?domains|domain \\S+ (?:is not|isn't) (?:\\w+ ){0,3}(?:list|hosted|accepted|local)|not (?:a |an )?(?:local|accepted|hosted|permitted) domain|domain (?:is )?not (?:\\w+ )?(?:hosted|handled|accepted|local|found|served)|we do not (?:handle|accept|host) mail for|not responsible for|non-accepted domain|not authorized to (?:send|relay) (?:to|mail to) (?:this )?(?:domain|outside|external)",
  "weiterleit\\w+ (?:\\w+ )?(?:nicht|verweigert|abgelehnt)|relais|reenvio|no such domain (?:at|here)|中継",
);
export const signInWords =
  /authenticat(?:ion|e)\b[^.]{0,40}(?:required|first|needed|before)|(?:require|must|need|turn on|use|enable|please)\w*\b[^.]{0,40}authenticat|not (?:been )?authenticated|without authentication|not logged in|log ?in first|anmeldung erforderlich|authentification (?:requise|obligatoire)|autenticacion (?:requerida|necesaria)|autenticazione richiesta/u;
export const tlsWords =
  /must issue a? ?starttls|starttls (?:is )?(?:required|first|command)|(?:tls|encryption|encrypted)[^.]{0,30}(?:required|needed|mandatory)|requires? (?:tls|encryption|starttls|an encrypted)/u;
export const manyConnections =
  /too many (?:\w+ ){0,3}(?:connections|sessions)|(?:concurrent|simultaneous|parallel|inbound|server) (?:smtp )?(?:server )?(?:connections?|sessions?)|connections? (?:rate|limit|count|frequency)|(?:maximum|max) (?:number of )?(?:\w+ ){0,2}connections|zu viele (?:\w+ )?verbindungen|trop de connexions|demasiadas conexiones|too many connect/u;
export const rateWords =
  /(?:message|submission|mail|sending|send|delivery|recipient) (?:\w+ )?rate|rate[ -]?(?:limit|exceed|control)|throttl|too (?:fast|many (?:\w+ )?(?:messages|mails|e-?mails))|(?:messages|mails|emails) per (?:hour|minute|day|second)|slow down|unusual rate/u;
export const manyRecipients =
  /too many (?!invalid|unknown|bad|rejected|non)(?:\w+ )?recipients|recipient limit|(?:maximum|max|number of) (?:number of )?recipients|recipients? count|zu viele empfanger|trop de destinataires|demasiados destinatarios|troppi destinatari/u;
export const senderWords = any(
  "sender (?:address |domain |verif\\w+ |callout )*(?:rejected|failed|unknown|invalid|does|not|is|could|refused|verify|verification)|invalid sender|unrout\\w* sender|sender'?s (?:address|domain)|domain (?:name )?(?:of|in) (?:the )?sender|of sender (?:address|domain)|sender address|bad sender|return[- ]path|envelope[- ]from|mail from|from address|from domain|bounce address|sending domain|reverse-path|originator",
  "absender|expediteur|remitente|mittente|afzender|remetente|送信者|发件人|отправител",
);
/** The one who hands the mail over may not use its sender's address. */
export const sendAsWords =
  /(?:permissions?|right|allowed|authori[sz]ed|not owned)[^.]{0,40}(?:send (?:as|on behalf)|by user)|send ?as ?denied|sendasdenied|sender address rejected: not owned/u;
export const heloWords =
  /\b(?:helo|ehlo)\b[^.]{0,40}(?:reject|invalid|name|command|need|fully|must|not|bad|argument|mismatch|required)|(?:invalid|bad|malformed|reject\w*|syntactically invalid) (?:\w+ )?(?:helo|ehlo)/u;
/** The mail itself is put together in a way that the server does not take. */
export const formWords = any(
  "malformed|corrupt|ill-?formed|not (?:rfc|compliant)|rfc ?-?(?:2?822|5322|2045)|bad header|duplicate header|multiple (?:from|to|subject|date|headers)|missing (?:\\w+ ){0,3}(?:from|date|header)|invalid (?:mime|header|content|character)|bare (?:lf|cr|<lf>|linefeed)|line (?:is )?too long|line length|8-?bit|non-?ascii|charset|base64",
  "beschadigt|fehlerhaft",
);
