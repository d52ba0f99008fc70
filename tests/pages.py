"""Pages written for the tests: policies of a firm that does not exist, and the pages that servers put in their place."""

from __future__ import annotations

from html import escape

ENGLISH = [
    "# Privacy Policy",
    "Last updated: 3 March 2024",
    "Pelican Post Ltd. (“Pelican”, “we”) runs a service for scheduling letters. This privacy policy explains which"
    " personal data we collect, why we process it and which rights you have.",
    "## 1. What we collect",
    "When you create an account we collect your name, your e-mail address and your postal address. We collect the letters"
    " that you write so that we can print and post them.",
    "Our servers record your IP address, the type of your browser and the pages that you visit; we delete these records"
    " after thirty days.",
    "## 2. Purposes and legal basis",
    "We process your personal data to perform our contract with you, to comply with tax law and, where you consent, to send"
    " you a newsletter. You may withdraw your consent at any time.",
    "We rely on our legitimate interest to prevent fraud and to keep the service secure.",
    "## 3. Third parties",
    "We disclose letters to the printing house that you choose, and payment details to our payment provider. We do not sell"
    " personal information to third parties.",
    "Some of these processors are outside the European Economic Area; we transfer data to them under standard contractual"
    " clauses.",
    "## 4. Cookies",
    "We use cookies that are strictly necessary. Analytics cookies are set only after you opt in, and you may opt out later.",
    "## 5. Retention",
    "We retain invoices for seven years. We delete letters ninety days after they were posted, or earlier if you ask us.",
    "## 6. Your rights",
    "You may ask for access to your personal data, for its correction or deletion, and you may object to processing. Write"
    " to privacy@pelican.example or to our data protection officer.",
    "If you believe that we process data unlawfully you may complain to a supervisory authority.",
]
FRENCH = [
    "# Politique de confidentialité",
    "Dernière mise à jour : 3 mars 2024",
    "La société Pélican Poste (« nous ») propose un service d'envoi de lettres. La présente politique explique quelles données"
    " personnelles nous collectons, pour quelles finalités nous les traitons et quels sont vos droits.",
    "## 1. Données collectées",
    "Lors de la création de votre compte, nous collectons votre nom, votre adresse électronique et votre adresse postale. Nous"
    " collectons les lettres que vous rédigez afin de les imprimer et de les poster.",
    "Nos serveurs enregistrent votre adresse IP et les pages consultées ; ces données sont supprimées après trente jours.",
    "## 2. Finalités et base légale",
    "Le traitement de vos données est nécessaire à l'exécution du contrat, au respect de nos obligations fiscales et, avec votre"
    " consentement, à l'envoi d'une lettre d'information. Vous pouvez retirer votre consentement à tout moment.",
    "Nous avons un intérêt légitime à prévenir la fraude et à protéger notre service.",
    "## 3. Destinataires",
    "Nous communiquons les lettres à l'imprimeur et les données de paiement à notre sous-traitant. Nous ne vendons pas de données"
    " personnelles à des tiers.",
    "Tout transfert hors de l'Union européenne est encadré par des clauses contractuelles types.",
    "## 4. Cookies",
    "Nous utilisons des cookies strictement nécessaires. Les cookies de mesure d'audience ne sont déposés qu'avec votre"
    " consentement.",
    "## 5. Durée de conservation",
    "Les factures sont conservées sept ans. Les lettres sont effacées quatre-vingt-dix jours après leur envoi.",
    "## 6. Vos droits",
    "Vous disposez d'un droit d'accès, de rectification, d'effacement et d'opposition au traitement de vos données. Écrivez à"
    " notre délégué à la protection des données ou saisissez la CNIL.",
]
GERMAN = [
    "# Datenschutzerklärung",
    "Stand: 3. März 2024",
    "Die Pelikan Post GmbH („wir“) betreibt einen Dienst für Briefe. Diese Datenschutzerklärung erläutert, welche"
    " personenbezogenen Daten wir erheben, zu welchen Zwecken wir sie verarbeiten und welche Rechte Sie haben.",
    "## 1. Erhobene Daten",
    "Wenn Sie ein Konto anlegen, erheben wir Ihren Namen, Ihre E-Mail-Adresse und Ihre Anschrift. Wir speichern die Briefe, die"
    " Sie schreiben, um sie zu drucken und zu versenden.",
    "Unsere Server speichern Ihre IP-Adresse und die besuchten Seiten; diese Daten löschen wir nach dreißig Tagen.",
    "## 2. Zwecke und Rechtsgrundlage",
    "Die Verarbeitung ist zur Erfüllung des Vertrags und unserer steuerlichen Pflichten erforderlich. Den Newsletter versenden wir"
    " nur mit Ihrer Einwilligung, die Sie jederzeit widerrufen können.",
    "Wir haben ein berechtigtes Interesse daran, Betrug zu verhindern und den Dienst zu schützen.",
    "## 3. Empfänger",
    "Briefe werden an die Druckerei und Zahlungsdaten an unseren Auftragsverarbeiter weitergegeben. Wir verkaufen keine Daten an"
    " Dritte.",
    "Eine Übermittlung in Drittländer erfolgt auf Grundlage der Standardvertragsklauseln.",
    "## 4. Cookies",
    "Wir verwenden nur notwendige Cookies. Cookies zur Messung der Reichweite setzen wir nur mit Ihrer Einwilligung.",
    "## 5. Speicherdauer",
    "Rechnungen speichern wir sieben Jahre. Briefe löschen wir neunzig Tage nach dem Versand.",
    "## 6. Ihre Rechte",
    "Sie haben das Recht auf Auskunft, Berichtigung, Löschung und Widerspruch gegen die Verarbeitung. Wenden Sie sich an unseren"
    " Datenschutzbeauftragten oder an eine Aufsichtsbehörde.",
]
MALAY = [
    "# Dasar Privasi",
    "Kemas kini terakhir: 3 Mac 2024",
    "Pelikan Pos Sdn. Bhd. (“kami”) mengendalikan perkhidmatan penghantaran surat. Dasar privasi ini menerangkan data peribadi"
    " yang kami kumpul, tujuan kami memproses data tersebut dan hak anda.",
    "## 1. Data yang dikumpul",
    "Apabila anda membuka akaun, kami mengumpul nama, alamat e-mel dan alamat surat-menyurat anda. Kami menyimpan surat yang anda"
    " tulis supaya kami boleh mencetak dan menghantarnya.",
    "Pelayan kami merekodkan alamat IP anda dan halaman yang dilawati; rekod ini akan dipadam selepas tiga puluh hari.",
    "## 2. Tujuan pemprosesan",
    "Kami memproses data peribadi anda untuk melaksanakan kontrak dengan anda, mematuhi undang-undang cukai dan, dengan"
    " persetujuan anda, menghantar surat berita. Anda boleh menarik balik persetujuan pada bila-bila masa.",
    "## 3. Pendedahan kepada pihak ketiga",
    "Kami mendedahkan surat kepada pencetak dan butiran pembayaran kepada pembekal pembayaran kami. Kami tidak menjual maklumat"
    " peribadi kepada pihak ketiga.",
    "Sebarang pemindahan data ke luar negara dilakukan dengan perlindungan data yang sewajarnya.",
    "## 4. Kuki",
    "Kami menggunakan kuki yang perlu sahaja. Kuki analitik hanya digunakan selepas anda memberi persetujuan.",
    "## 5. Tempoh penyimpanan",
    "Invois disimpan selama tujuh tahun. Surat dipadam sembilan puluh hari selepas penghantaran.",
    "## 6. Hak anda",
    "Anda berhak mengakses dan membetulkan data peribadi anda, serta membantah pemprosesan. Sila hubungi pegawai perlindungan data"
    " kami mengikut Akta Perlindungan Data Peribadi 2010.",
]
POLICIES = {"en": ENGLISH, "fr": FRENCH, "de": GERMAN, "ms": MALAY}

TERMS = [
    "# Terms of Service",
    "Effective date: 1 May 2024",
    "By using the service you agree to these terms. If you do not agree to the terms, you must not use the service.",
    "We grant you a limited licence to use the service. You may not resell it, and you must not breach the law with it.",
    "Your subscription renews every month until you terminate it. Payment is due in advance and we give no refund for a part of"
    " a month, except where the law prohibits this term.",
    "We may suspend or terminate your account if you breach these terms. You must stop using the service on termination.",
    "The service is provided without warranty of any kind. Our liability is limited to the payment of the last twelve months,"
    " and neither party is liable for indirect loss or for force majeure.",
    "You agree to indemnify us against claims that arise from your breach of these terms or from prohibited use.",
    "All intellectual property in the service remains ours; you keep your user content and license it to us.",
    "The governing law is that of Ireland, and its courts have jurisdiction over every dispute. No dispute goes to arbitration.",
    "These terms are the entire agreement. If a term is void the others stand, as terms are severable.",
    "Notices under these terms must be in writing, and you agree that e-mail is enough for them.",
]

MENU = ["Home", "Pricing", "Features", "Stories", "Help", "About us", "Careers", "Contact"]


def page(lines: list[str], *, title: str = "Pelican Post", language: str = "en", head: str = "", chrome: bool = True) -> str:
    """A page of the firm's site: lines of Markdown-like text between a menu and a footer."""
    body = "\n".join(_block(line) for line in lines)
    links = "".join(f'<li><a href="/{name.lower().replace(" ", "-")}">{name}</a></li>' for name in MENU)
    menu = f"<header><nav><ul>{links}</ul></nav></header>" if chrome else ""
    foot = '<footer><a href="/privacy">Privacy</a> <a href="/terms">Terms</a> © Pelican Post</footer>' if chrome else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>{head}</head>'
        f"<body>{menu}<main>{body}</main>{foot}</body></html>"
    )


def _block(line: str) -> str:
    for marks, tag in (("## ", "h2"), ("# ", "h1")):
        if line.startswith(marks):
            return f"<{tag}>{escape(line.removeprefix(marks))}</{tag}>"
    return f"<p>{escape(line)}</p>"


CHALLENGES = {
    "Cloudflare": """<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>
        <meta http-equiv="refresh" content="360"></head><body><div class="main-wrapper" role="main"><div class="main-content">
        <noscript><div class="h2"><span id="challenge-error-text">Enable JavaScript and cookies to continue</span></div></noscript>
        </div></div><script>(function(){window._cf_chl_opt = {cvId: '3',cZone: 'pelican.example',cType: 'managed'};
        var a = document.createElement('script');a.src = '/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1?ray=1';
        document.getElementsByTagName('head')[0].appendChild(a);}());</script></body></html>""",
    "Cloudflare block": """<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>
        <div id="cf-wrapper"><div class="cf-alert cf-alert-error" id="cookie-alert">Please enable cookies.</div>
        <div id="cf-error-details"><h1>Sorry, you have been blocked</h1><h2>You are unable to access pelican.example</h2>
        <p>This website is using a security service to protect itself from online attacks. The action you just performed
        triggered the security solution.</p><p>Cloudflare Ray ID: 8f0</p></div></div></body></html>""",
    "Akamai": """<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>
        You don't have permission to access "http://pelican.example/privacy" on this server.<p>Reference #18.1.2.3
        <p>https://errors.edgesuite.net/18.1.2.3</body></html>""",
    "DataDome": """<html lang="en"><head><title>pelican.example</title><style>#cmsg{animation: A 1.5s;}</style></head>
        <body style="margin:0"><p id="cmsg">Please enable JS and disable any ad blocker</p><script data-cfasync="false">
        var dd={'rt':'c','cid':'AHr','hsh':'2','t':'bv','host':'geo.captcha-delivery.com'}</script>
        <script src="https://ct.captcha-delivery.com/c.js"></script></body></html>""",
    "Imperva": """<html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW">
        </head><body style="margin:0px;height:100%"><iframe id="main-iframe" src="/_Incapsula_Resource?CWUDNSAI=9&xinfo=1"
        frameborder=0>Request unsuccessful. Incapsula incident ID: 1-2</iframe></body></html>""",
    "Vercel": """<!DOCTYPE html><html lang="en"><head><title>Vercel Security Checkpoint</title></head><body>
        <div id="root"><p id="header-text">We're verifying your browser</p><p id="footer-text">Vercel Security Checkpoint</p>
        </div><script type="module" src="/.well-known/vercel/security/static/challenge.v2.min.js"></script></body></html>""",
    "PerimeterX": """<!DOCTYPE html><html lang="en"><head><title>Access to this page has been denied</title></head><body>
        <h1>Press &amp; Hold to confirm you are a human (and not a bot).</h1><div id="px-captcha"></div><script>
        window._pxAppId = 'PX1';window._pxUuid='a';</script><script src="/1/captcha/captcha.js?a=c&m=0"></script></body></html>""",
    "AWS WAF": """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title></title><script type="text/javascript">
        window.awsWafCookieDomainList = [];window.gokuProps = {"key":"A","iv":"B","context":"C"};</script>
        <script src="https://1.2.token.awswaf.com/1/2/challenge.js"></script></head><body><div id="challenge-container"></div>
        <noscript><h1>JavaScript is disabled</h1>In order to continue, we need to verify that you're not a robot.
        This requires JavaScript.</noscript></body></html>""",
    "Sucuri": """<html><title>You are being redirected...</title><noscript>Javascript is required. Please enable javascript
        before you are allowed to see this page.</noscript><script>var s={},u,c,U,r,i,l=0,a,e=eval,w=String.fromCharCode,
        sucuri_cloudproxy_js='',S='cz0i';</script></html>""",
    "DDoS-Guard": """<!DOCTYPE html><html><head><title>DDoS-Guard</title></head><body data-ddg-origin="true"><div
        class="container"><h1 id="ddg-l10n-title">Checking your browser before accessing pelican.example</h1></div>
        <script src="/.well-known/ddos-guard/js-challenge/index.js"></script></body></html>""",
    "Kasada": """<!DOCTYPE html><html><head></head><body><script>window.KPSDK={};KPSDK.now=Date.now;
        KPSDK.start=KPSDK.now();</script><script src="/1/2/ips.js?KP_UIDz=1"></script></body></html>""",
    "hCaptcha": """<html><head><title>Pelican Post</title><script src="https://js.hcaptcha.com/1/api.js"></script></head>
        <body><form><p>Please confirm that you are a visitor</p><div class="h-captcha" data-sitekey="1"></div></form></body></html>""",
    "no name": """<html><head><title>Pelican Post</title></head><body><h1>Verify you are human</h1>
        <p>Unusual traffic was seen from your network.</p></body></html>""",
}

ERRORS = {
    "unavailable": "<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1><p>The server is"
    " temporarily unable to service your request due to maintenance downtime or capacity problems.</p></body></html>",
    "internal": "<html><head><title>Pelican Post</title></head><body><h1>Internal Server Error</h1><p>Reference: 81f0</p></body></html>",
    "maintenance": page(["# We'll be back soon", "The site is undergoing maintenance. Thank you for your patience."]),
    "french": page(["# Une erreur est survenue", "Nous sommes sur le coup !"], language="fr"),
    "german": page(["# Wartungsarbeiten", "Unsere Seite wird gerade gewartet. Bitte versuchen Sie es später erneut."], language="de"),
    "malay": page(["# Perkhidmatan tidak tersedia", "Sila cuba sebentar lagi."], language="ms"),
    "gateway": "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr></body></html>",
}
MISSING = {
    "plain": "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>",
    "friendly": page(["# Oh no!", "We couldn't find the page you're looking for.", "Try the search, or go back to the start."]),
    "french": page(["# Page introuvable", "Cette page n'existe pas ou n'existe plus."], language="fr"),
    "german": page(["# Seite nicht gefunden", "Die gesuchte Seite existiert nicht mehr."], language="de"),
    "malay": page(["# Halaman tidak dijumpai", "Halaman yang anda cari tidak wujud."], language="ms"),
}
LOGIN = page(
    ["# Sign in"],
    head="",
).replace(
    "</main>",
    '<form action="/session" method="post"><label>E-mail <input type="email" name="e"></label><label>Password <input'
    ' type="password" name="p"></label><label>Remember me</label><button>Sign in</button><a href="/reset">Forgot your'
    ' password?</a><a href="/join">Create an account</a></form></main>',
)
CONSENT = (
    '<!doctype html><html lang="en"><head><title>Pelican Post</title></head><body><div class="gate"><h1>Before you continue</h1>'
    "<p>We and our partners store and read information on your device.</p><button>Accept all</button><button>Reject all</button>"
    "<button>Manage preferences</button></div></body></html>"
)
SHELLS = {
    "react": '<!doctype html><html lang="en"><head><title>Pelican Post</title><script defer src="/static/js/main.1a2b.js"></script>'
    "</head><body><noscript>You need to enable JavaScript to run this app.</noscript><div id=\"root\"></div></body></html>",
    "angular": '<!doctype html><html><head><title>Pelican</title></head><body><app-root></app-root><script src="main.js" type="module">'
    "</script></body></html>",
    "next": '<!doctype html><html><head><title>Privacy</title></head><body><div id="__next"></div><script src="/_next/a.js"></script>'
    "</body></html>",
    "no root": "<html><head><title>Policy</title></head><body><section></section><script>boot()</script></body></html>",
}
HOME = page(
    [
        "# Letters that arrive",
        "Write today, arrive tomorrow. More than two million letters posted for teams of every size.",
        "## Loved by thousands of teams",
        "“It saves me an hour every day, and our customers notice the difference at once,” says Mia of a small bakery in Leeds.",
        "## Plans for everyone",
        "Start for free. Upgrade when you grow. Cancel whenever you like.",
        "## Beautiful paper",
        "Choose between twelve kinds of paper, each made in a family mill, with envelopes that match and stamps that delight.",
        "## Faster than the rest",
        "Our printers stand in nineteen cities, so that a letter never travels further than it has to on its way to the reader.",
        "## Start writing",
        "No card needed. It takes a minute, and the first three letters are on us.",
    ],
    title="Pelican Post – letters that arrive",
)
