"""How to reach someone: e-mail, phone, street address, IP address, device, postal code, plates, papers by shape."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from auditor.sensitivity.profile import Profile

_M = re.MULTILINE
_I = re.IGNORECASE | re.MULTILINE
EMAIL = re.compile(r"^(?:mailto:|[^\n@<>]{0,60}<)?[^\s@<>\"(),:;\[\]]{1,64}@(?:[\w-]+\.)+[A-Za-z*]{2,24}>?[;,]?$", _I)
_IP4 = re.compile(
    r"^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d|x{1,3}|\*)(?:[:/]\d{1,5})?$", _M
)
_IP6 = re.compile(
    r"^(?=[^\n]*::|(?:[\da-f]{1,4}:){7}[\da-f]{1,4}(?:/|$))(?=[^\n]*[\da-f])[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?:/\d{1,3})?$",
    _I,
)
_IP_BIG = re.compile(r"^\d{3}\.|\.\d{3}(?:\.|$)", _M)
_MAC = re.compile(r"^[\da-f]{2}(?:[:-][\da-f]{2}){5}$|^[\da-f]{4}\.[\da-f]{4}\.[\da-f]{4}$", _I)
_DEVICE_HINTED = re.compile(r"^[\w:.{}-]{6,64}$", _M)
_IMEI = re.compile(r"^(?:35|86|01|99|45|49)\d{13}$", _M)
_PHONE_SHAPE = re.compile(
    r"^(?:[(+\[]|00|tel|\d)(?:tel\.?:? ?)?[\d ()\[\]+./\-–\u00a0]{5,22}\d\)?(?: ?(?:x|ext|ext\.|#|p|poste|int) ?\.?:? ?\d{1,6})?$",
    _I,
)
_PHONE_PLUS = re.compile(r"^\(?\+\(?[1-9][\d ()./\-–\u00a0]{6,20}\d(?: ?(?:x|ext\.?) ?\d{1,6})?$", _I)
_PHONE_NANP = re.compile(
    r"^(?:\+?1[-. ]?|001-?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-. /])\d{3}[-. ]?\d{4}(?: ?(?:x|ext\.?|#) ?\d{1,6})?$", _I
)
_PHONE_NANP_LOOSE = re.compile(
    r"^(?:\+?1[-. ]?|001-)?(?:\(\d{3}\) ?|\d{3}[-. /])\d{3}[-.]\d{4}(?: ?(?:x|ext\.?|#) ?\d{1,6})?$", _I
)
_PHONE_TRUNK = re.compile(r"^\(?0[1-9](?:\d{8,9}|(?=[^\n]*\d[ ()./-])(?:[ ()./-]{0,3}\d){7,11})$", _M)
_TRIPLETS = re.compile(r"^[1-58]\d\d ?\d{3} ?\d{3}$|^\d{1,3}(?:\.\d{3})+$", _M)
_PHONE_GROUPED = re.compile(r"^\(?\d{2,5}\)?(?:[ /.-]{1,3}\d{2,5}){1,5}$", _M)
_PHONE_DIGITS = re.compile(r"^\d{9,15}$", _M)
_PHONE_CN = re.compile(r"^(?:\+?86[- ]?)?1[3-9]\d{9}$|^0\d{2,3}-\d{7,8}$", _M)
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "BR", "IN", "CN", "AU", "MX", "JP")
_THREE_GROUPS = re.compile(r"^\(?\d+\)?(?:[ /.-]{1,3}\d+){2,}$|^\(\d+\) ?\d{5,}$", _M)
_NANP_DIGITS = re.compile(r"^1?[2-9]\d{2}[2-9]\d{6}$", _M)
_YEARS = re.compile(r"^(?:1[5-9]|20)\d\d ?[-–/] ?(?:(?:1[5-9]|20)?\d\d)$", _M)
_DATEISH = re.compile(
    r"^(?:1[89]|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.]\d{1,2}(?:$|[T ])|^[0-3]?\d[-/.][0-3]?\d[-/.](?:1[89]|20)?\d\d(?:$|[T ])",
    _M,
)
_WORDY_DATE = re.compile(
    r"^(?:\d{1,2}(?:st|nd|rd|th)?[-/. ])?(?:jan|feb|fév|mar|mär|apr|avr|abr|may|mai|mag|jun|giu|juin|jul|lug|juil|aug|aoû|ago|sep|set|oct|okt|ott|out|nov|dec|dez|déc|dic|ene|gen)[^\W\d_]{0,7}\.?[-/. ]\d{1,2}?,?[-/. ]?(?:19|20)?\d\d(?:$| \d\d:)",
    _I,
)
_FLOAT = re.compile(r"^[-+]?\d*[.,]\d+$|^[-+]?\d{1,3}(?:,\d{3})+(?:[.,]\d+)?$", _M)
_HINTED_PHONE = re.compile(r"^(?=(?:[^\n\d*Xx#]*[\d*Xx#]){5})[^\n]{5,40}$", _M)
_LETTERS_WORD = re.compile(r"^[^\n]*[^\W\d_]{4,}[^\n]*$", _M)
_SMALL = re.compile(r"^\d{1,4}$", _M)
_TYPES = (
    r"street|st|avenue|ave|av|road|rd|drive|dr|lane|ln|boulevard|blvd|court|ct|place|pl|way|parkway|pkwy|circle|cir|terrace|ter|trail|trl|square|sq|loop|"
    r"highway|hwy|route|rte|crescent|cres|close|crossing|alley|plaza|plz|run|path|ridge|pike|expressway|turnpike|row|walk|mews|grove|gardens|mall|"
    r"cove|creek|glen|heights|hill|hills|hollow|knoll|landing|manor|meadow|meadows|mill|mills|orchard|overpass|passage|pass|pine|pines|point|points|"
    r"port|prairie|ranch|rapids|river|shoal|shoals|shore|shores|spring|springs|spur|station|stravenue|stream|summit|throughway|trace|track|tunnel|"
    r"underpass|union|valley|via|viaduct|view|village|vista|well|wells|isle|island|islands|inlet|junction|key|keys|lake|lakes|light|lodge|locks|forest|forge|"
    r"fork|fort|freeway|garden|gateway|green|harbor|haven|dale|dam|divide|drives|estate|estates|extension|fall|falls|ferry|field|fields|flat|flats|ford|"
    r"brook|burg|bypass|bend|beach|bluff|branch|bridge|camp|canyon|cape|causeway|center|centers|cliff|club|common|corner|corners|course|curve|neck|park|parks|plain|plains|rest|skyway|bayou|anex|annex|mission|motorway|mount|mountain|ramp|radial|rue"
)
_US_ADDRESS = re.compile(
    rf"^(?:[#]?\d{{1,6}}[A-Za-z]?(?:[-/]\d{{1,5}}[A-Za-z]?)?,? +)[^\n]{{0,60}}?\b(?:{_TYPES})\b\.?(?:[ ,.#]|$)", _I
)
_UNIT_ADDRESS = re.compile(
    r"^(?:p\.? ?o\.? ?box|postfach|apartado|casilla|caixa postal|bp|unit|flat|apt|suite|studio|building|psc|usns|uss|usnv|c/o)\b[^\n]*\d",
    _I,
)
_LATIN_ADDRESS = re.compile(
    r"^(?:\d{1,5}(?: ?(?:bis|ter|[a-d]))?,? +)?(?:rue|avenue|av\.?|boulevard|bd|blvd|chemin|ch\.|allee|allée|impasse|place|quai|cours|route|square|passage|"
    r"calle|c/|cl\.|cll|avenida|avda\.?|paseo|plaza|camino|carrera|cra\.?|cr\.?|kr|glorieta|ronda|rambla|travesia|travesía|urbanización|urbanizacion|callejón|andador|privada|prolongación|cerrada|circuito|calzada|"
    r"via|viale|piazza|piazzale|corso|vicolo|largo|strada|stretto|incrocio|rotonda|contrada|borgo|canale|rua|r\.|travessa|alameda|praça|praca|rodovia|estrada|avenida|quadra|"
    r"cuesta|pasadizo|pasaje|jr\.?|jirón|diagonal|transversal|acceso|cañada|alameda|vial|pg\.?|ul\.?|ulica|aleja|al\.|plac|os\.|str\.|strada|bulevardul|calea|aleea|jalan|jl\.?|gang|gg\.) +(?=[^\n]*[^\W\d_])[^\n]{2,90}$",
    _I,
)
_GERMANIC_ADDRESS = re.compile(
    r"^[^\n\d]{0,40}(?:straße|strasse|str\.?|weg|platz|allee|gasse|ring|damm|ufer|steig|pfad|chaussee|markt|berg|hof|graben|straat|laan|plein|gracht|kade|dreef|singel|dijk|hof|pad|steeg|baan|boulevard|"
    r"gatan|vägen|vagen|gata|gränd|torget|stigen|gränden|gade|vej|allé|stræde|gate|gata|vei|veien|veg|svingen|katu|tie|kuja|polku|utca|út|tér|köz|ulice|náměstí|trida|třída) +\d{1,4}[^\n]{0,50}$",
    _I,
)
_SIMPLE_ADDRESS = re.compile(
    r"^[^\W\d_][^\n\d,;:]{2,35} \d{1,4} ?[a-zA-Z]?(?:[/-]\d{1,4})?(?:,[^\n]{3,90})?$|^\d{1,5},? [^\W\d_][^\n\d]{3,45}(?:,[^\n]{3,90})?$",
    _M,
)
_STATE_ZIP = re.compile(
    r"^[^\n]*\d[^\n]*(?:, ?| )[A-Z]{2} \d{5}(?:-\d{4})?(?:,? USA?)?$|^\d[^\n]*[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$", _M
)
_CJK_ADDRESS = re.compile(
    r"^[^\n]*(?:[省市区區县縣镇鎮乡鄉][^\n]{1,30}(?:路|街|道|巷|弄|号|號|里|村|栋|室|座)|[路街道巷弄条同][^\n]{0,8}\d+[号號弄]|[都道府県][^\n]{1,20}[市区町村郡]|[市区郡町村][^\n]{0,20}(?:丁目|番地|\d+-\d+)|[시군구][^\n]{1,20}(?:로|길|동|읍|면|가)\b)",
    _M,
)
_CYRILLIC_ADDRESS = re.compile(
    r"^[^\n]*(?:ул\.|улица|аллея |шоссе |проезд |переулок |площадь |бульвар |سكة|معبر|مقطع|تقاطع|حديقة|пер\.|просп\.|пр-т|пр\.|наб\.|бул\.|ш\.|алл\.|вул\.|вулиця|көше|даңғыл|شارع|نهج|ساحة|طريق|خیابان|کوچه|बाग|मार्ग|रोड|রোড|সড়ক|بلوار)[^\n]*\d",
    _I,
)
_HAS_DIGIT = re.compile(r"^[^\n]*?\d", _M)
_HAS_LETTERS = re.compile(r"^[^\n]*?(?:[^\W\d_]{3}|[^\x00-\x7f]{3})", _M)
_URL = re.compile(r"^(?:https?://|www\.)", _I)
_STREET_NAME = re.compile(
    r"^[^\n]{3,}[ ,][^\n]{2,}$|^[^\n ]{3,}(?:stra(?:ß|ss)e|str\.|weg|platz|gasse|allee|straat|laan|gatan|vägen|gata|vej|gade)$|^[^\x00-\x7f]{2,}$",
    _I,
)
# A word and a number: enough only where the column's name says nothing.
_SIMPLE = 0.56
_POSTAL = (
    (re.compile(r"^\d{5}-\d{4}$", _M), 0.85),
    (re.compile(r"^[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}$", _M), 0.85),
    (re.compile(r"^(?![DFIOQUWZ])[A-Z]\d[A-Z] \d[A-Z]\d$", _M), 0.9),
    (re.compile(r"^[1-9]\d{3} [A-Z]{2}$", _M), 0.75),
    (re.compile(r"^\d{5}-\d{3}$", _M), 0.8),
    (re.compile(r"^〒?\d{3}-\d{4}$", _M), 0.55),
)
_POSTAL_HINTED = re.compile(
    r"^〒?(?:[A-Z]{1,3}[- ]?)?\d{2,6}(?:\.0)?(?:[- ]?\d{2,4})?$|^[A-Z]{1,2}\d[A-Z\d]?(?: ?\d[A-Z]{2})?$|^[A-Z]\d[A-Z](?: ?\d[A-Z]\d)?$|^\d{4} ?[A-Z]{2}$|^\d{3}(?:\*\*|xx)$",
    _I,
)


@lru_cache(maxsize=4096)
def _valid_in(value: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(value, region)))
    except phonenumbers.NumberParseException:
        return False


def _valid_phones(values: Sequence[str]) -> float:
    """The share of values that are numbers of one country (or of any, with a plus); asks the fewest questions."""
    national = [v for v in values if "+" not in v]
    valid = sum(_valid_in(v, None) for v in values if "+" in v)
    regions = {r for v in national[:2] for r in _REGIONS if _valid_in(v, r)}
    return (valid + max((sum(_valid_in(v, r) for v in national) for r in regions), default=0)) / len(values)


def email_share(column: Profile) -> float:
    """The share of values that are e-mail addresses."""
    return column.share(EMAIL) if "@" in column.text else 0.0


def ip_share(column: Profile) -> float:
    """The share of values that are IP addresses, IPv4 or IPv6."""
    share = 0.0
    if column.text.count(".") >= 2 * len(column.sample):
        share = column.share(_IP4) if column.share(_IP_BIG) > 0.3 else 0.0
    return max(share, column.share(_IP6) if column.text.count(":") >= 2 * len(column.sample) else 0.0)


def device_share(column: Profile) -> float:
    """The share of MAC addresses, or of IMEIs when all have the right check digit."""
    from auditor.sensitivity.numbers import luhn

    found = column.matching(_IMEI)
    if len(found) >= 10 and len(found) == len(column.sample) and all(luhn(v) for v in found):
        return 0.9
    return column.share(_MAC)


def device_hinted(column: Profile) -> bool:
    """Values that a device identifier may have: one long word."""
    return column.share(_DEVICE_HINTED) > 0.7 and column.share(_FLOAT) < 0.3 and column.share(_SMALL) < 0.5


def _not_phones(column: Profile) -> bool:
    return column.share(_YEARS) > 0.1 or column.share(_DATEISH) > 0.3 or column.share(_FLOAT) > 0.3


def phone_evidence(column: Profile) -> float:
    """Confidence from values alone; digits without any sign never suffice (they are ids as well)."""
    size = len(column.sample)
    if column.share(_PHONE_SHAPE) < 0.6 or size < 2 or _not_phones(column):
        return 0.0
    plus, nanp = column.matching(_PHONE_PLUS), column.matching(_PHONE_NANP)
    if len(column.matching(_PHONE_NANP_LOOSE)) >= 0.8 * size and size >= 3:
        return 0.93
    marked = len({*plus, *nanp})
    if marked >= 0.6 * size:
        return 0.95 if not plus or _valid_phones(plus[:8]) >= 0.3 else 0.75
    if column.share(_PHONE_CN) > 0.85 and size >= 4:
        return 0.85
    mixed = marked + len(column.matching(_PHONE_TRUNK))
    if mixed >= 0.6 * size and size >= 4:
        return 0.85 if _valid_phones(column.sample[:8]) >= 0.5 else 0.0
    if size >= 10 and column.share(_NANP_DIGITS) > 0.95 and len({v[-10:-7] for v in column.sample}) > size / 4:
        return 0.7 if sum(_valid_in(v, "US") for v in column.sample[:30]) >= 0.9 * min(size, 30) else 0.0
    if len(plus) >= 0.15 * size and size >= 4 and column.share(_PHONE_SHAPE) > 0.9:
        return 0.75
    # Two groups of digits are all kinds of codes (ISSN, postal codes): three or more, or brackets.
    grouped = column.share(_PHONE_GROUPED) + column.share(_PHONE_DIGITS) + mixed / size >= 0.8
    if size >= 5 and grouped and column.share(_THREE_GROUPS) > 0.5 and column.share(_TRIPLETS) < 0.2:
        return 0.8 if _valid_phones(column.sample[:10]) >= 0.7 else 0.0
    return 0.0


def phone_hinted(column: Profile) -> bool:
    """Values that a phone column may have: five or more digits (or masks), no words, no dates, no amounts."""
    return column.share(_HINTED_PHONE) >= 0.5 and column.share(_LETTERS_WORD) < 0.4 and not _not_phones(column)


def _address_share(column: Profile) -> float:
    """The share of values that any pattern matches; the dear patterns run only while the cheap ones leave doubt."""
    patterns = (_US_ADDRESS, _LATIN_ADDRESS, _GERMANIC_ADDRESS, _UNIT_ADDRESS, _STATE_ZIP)
    others = () if column.text.isascii() else (_CJK_ADDRESS, _CYRILLIC_ADDRESS)
    hits: set[int] = set()
    for pattern in (*others, *patterns):
        hits.update(_lines(pattern, column))
        if len(hits) > 0.8 * len(column.sample):
            break
    return len(hits) / len(column.sample)


def _lines(pattern: re.Pattern[str], column: Profile) -> list[int]:
    """Where matches start, so that a value that several patterns match counts once."""
    return [m.start() for m in pattern.finditer(column.text)]


def address_evidence(column: Profile) -> float:
    """Confidence that the values are street addresses, from values alone."""
    if column.share(_HAS_LETTERS) < 0.8 or column.share(_URL) > 0.2:
        return 0.0
    digits = column.share(_HAS_DIGIT)
    if digits < 0.35 or column.share(_WORDY_DATE) > 0.3:
        return 0.0
    share = _address_share(column)
    if share >= 0.4 and digits >= 0.5:
        return min(0.95, 0.6 + share / 2.5)
    if (
        len(column.sample) >= 5
        and digits > 0.9
        and column.share(_SIMPLE_ADDRESS) > 0.85
        and column.distinct > 0.8 * min(column.rows, 1000)
    ):
        return _SIMPLE
    return 0.0


def address_hinted(column: Profile) -> float:
    """0 vetoes; texts of some length with digits agree, place names alone leave it open."""
    if column.share(_HAS_LETTERS) < 0.5 or email_share(column) > 0.3 or column.share(_URL) > 0.3:
        return 0.0
    if address_evidence(column) or column.share(_HAS_DIGIT) > 0.4 or column.share(_CJK_ADDRESS) > 0.3:
        return 1.0
    # Street names without numbers; single words ("rural", "gravel") are something else.
    return 0.6 if column.share(_STREET_NAME) > 0.3 else 0.0


def postal_evidence(column: Profile) -> float:
    """Confidence that the values are postal codes of a telling shape; five digits alone tell nothing."""
    if len(column.sample) < 3 or len(column.sample[0]) > 10:
        return 0.0
    return max((c for p, c in _POSTAL if column.share(p) > 0.85), default=0.0)


def postal_hinted(column: Profile) -> bool:
    """Values that a postal code may have, in any country."""
    return column.share(_POSTAL_HINTED) >= 0.6
