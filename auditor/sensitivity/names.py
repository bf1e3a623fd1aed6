"""The name dictionary, and how much a value looks like a person's name."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from auditor.sensitivity.words import fold

_PIECES = re.compile(r"[A-Z][^A-Z]*")
_TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor sir dame lord lady rev reverend fr sr sra srta don dona dna mme mlle m monsieur madame "
    "herr frau ing dott dottssa dottore sig sigra signor signora hon honorable judge justice sen senator rep capt captain lt sgt "
    "col gen maj officer det cllr jr ii iii iv v md phd dds dvm esq rn do cpa mba msc bsc bs ma ba ph d h c dipl univ hr fru dhr mevr mw pan pani "
    "sri smt shri ustad haji hj dato bin binti al el de la del der den van von vom zu zur di da dos das du le les san st ter ten te y e".split()
)
# Words that make a value an organisation, a place or a thing, however name-like its other words are.
_NOT_PERSONS = frozenset(
    "inc llc ltd gmbh corp co company plc sa ag bv nv srl spa oy ab as kg limited group groupe holdings holding partners "
    "associates bank university college school institute hospital clinic center centre church foundation trust society "
    "association council department dept ministry office services service solutions systems industries international "
    "national county city town village township district state province region island islands lake river mount mountain park "
    "street avenue road drive lane blvd court place square highway north south east west northern southern eastern western new upper lower "
    "and und et the of for in at with store shop market restaurant hotel club team fc united league the airlines "
    "rua avenida travessa alameda praca via viale piazza calle plaza rue impasse strasse ville ave st rd og och ba hf ehf ans asa aps a/s oyj kft zrt s.a. s.l. s.p.a. s.r.l. e.v. ohg kgaa mbh cie sarl sas sasu eurl ltda sl slu cv vof bvba sprl pte pty bhd tbk pt ooo oao zao ип ооо оао зао нпо рао total all other others unknown none yes no true false male female red green blue black white yellow orange purple brown pink grey gray "
    "january february march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday "
    "und sohne fils hijos figli e-commerce media technology technologies energy health medical pharma software motors foods "
    "small medium large high low public private open closed active inactive pending complete".split()
)
_SURNAMES_ZH = frozenset(
    "王李张劉刘陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許傅沈曾彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘杜戴夏钟鍾汪田任姜范范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟龙龍万萬段"
    "雷钱錢汤湯尹黎易常武乔喬贺賀赖賴龚龔文欧歐莫洪季柏苗褚柳谷柯温聂晏桑樊齐安尚向裴凌俞游辛詹房施陶翁窦童鲍翟"
)
_SURNAMES_KO = frozenset("김이박최정강조윤장임한오서신권황안송류유홍전고문양손배백허남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용")
_SURNAMES_JA = (
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 斎藤 清水 山崎 阿部 森 池田 橋本 "
    "山下 石川 中島 前田 藤田 後藤 小川 岡田 村上 長谷川 近藤 石井 斉藤 坂本 遠藤 藤井 青木 福田 三浦 西村 藤原 太田 松田 原田 岡本 中野 中川 小野 "
    "田村 竹内 金子 中山 和田 石田 工藤 上田 原 森田 酒井 横山 柴田 宮崎 宮本 内田 高木 谷口 安藤 丸山 今井 大野 菅原 河野 武田 新井 杉山 野口 桜井 宇野 笹田 若松 津田 喜嶋 浜田"
).split()
_PLACE_ENDS = frozenset("市省县縣区區镇鎮村路街国國州县部局店所校院厂社구시군동읍면도리역로길")
# Endings of family names whose bearers no list of ours has all of.
_NAME_END = re.compile(r".{2,}(?:ovic|evic|escu|dottir|sson|enko|chuk|shvili|oglu|opoulos|akis|etti|ucci|acci|wicz|owski|ewski|adhyay|pandhyay|nathan|swamy|murthy|krishnan|uddin|ullah|zadeh|yants?|vili)$")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*\.?")
_LATIN_NAME = re.compile(r"^[^\W\d_][^\d_@/\\#%&*+=<>{}\[\]|~^!?:;()]*$")
_HAN = re.compile(r"^[\u3400-\u9fff々]{1,4}$|^[\u3400-\u9fff々]{1,3}[ \u3000][\u3400-\u9fff々ぁ-んァ-ン]{1,4}$")
_HANGUL = re.compile(r"^[\uac00-\ud7af]{2,4}$|^[\uac00-\ud7af]{1,2} [\uac00-\ud7af]{1,3}$")


@lru_cache(maxsize=1)
def dictionary() -> Mapping[str, str]:
    """Each name of the dictionary with its flags (see ``build_names``): ``f``, ``F``, ``l``, ``L``, ``w``, ``p``."""
    packed = files("auditor.sensitivity").joinpath("data/names.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode("utf-8").split("\n")
    names: dict[str, str] = {}
    for flags, coded in zip(lines[0::2], lines[1::2], strict=False):
        before = ""
        for piece in _PIECES.findall(coded):
            before = before[: ord(piece[0]) - 65] + piece[1:]
            names[before] = flags
    return names


def _weight(flags: str) -> float:
    """How sure one word is a name: ordinary words and places count less, frequent names more."""
    if "F" in flags:
        return 0.7 if "w" in flags or "p" in flags else 1.0
    if "L" in flags:
        return 0.35 if "w" in flags or "p" in flags else 0.9
    if "w" in flags or "p" in flags:
        return 0.2
    return 0.7 if "f" in flags else 0.6 if flags else 0.0


def _han(value: str) -> float:
    bare = value.replace(" ", "").replace("\u3000", "")
    if bare[-1] in _PLACE_ENDS:
        return 0.0
    if " " in value or "\u3000" in value:
        return 0.9
    if bare[0] in _SURNAMES_ZH and len(bare) <= 3:
        # Three signs are how most names are written; many words of two begin with a surname.
        return 0.9 if len(bare) == 3 else 0.6
    return 0.9 if any(bare.startswith(s) for s in _SURNAMES_JA) else 0.1


def name_score(value: str) -> float:
    """0 to 1: how much one value looks like a person's name; a single word never reaches 1."""
    if not value.isascii():
        if _HAN.match(value):
            return _han(value)
        if _HANGUL.match(value):
            return 0.2 if value[0] not in _SURNAMES_KO or value[-1] in _PLACE_ENDS else 0.9 if len(value) in {3, 4} else 0.4
    if len(value) > 60 or not _LATIN_NAME.match(value):
        return 0.0
    words = _WORD.findall(fold(value))
    if not words or len(words) > 7:
        return 0.0
    if any(w.rstrip(".") in _NOT_PERSONS for w in words):
        return 0.0
    titled = any(w.rstrip(".") in _TITLES and len(w) > 1 for w in words)
    full = [w for w in (w.rstrip(".") for w in words) if w not in _TITLES and len(w) > 1]
    if not full or len(full) > 5:
        return 0.0
    known = dictionary()
    weights = [_word_weight(w, known) for w in full]
    # People's names have capitals; "charter", "boat" and "jul thru sep" are words.
    written = 0.6 if value.islower() else 1.0
    if len(full) == 1:
        # A single initial beside it ("J. Smith", "Smith, J") makes a name of a surname.
        initial = any(len(w.rstrip(".")) == 1 for w in words)
        return written * min(1.0, weights[0] + (0.15 if initial or titled else 0.0)) * (1.0 if initial or titled else 0.9)
    best = sorted(weights, reverse=True)
    # Two words both names: surer than either alone; a third unknown word costs little.
    return written * min(1.0, (best[0] + best[1]) / 2 * 1.15) * (1.0 if len(full) <= 4 else 0.8) * (1.0 if min(weights) > 0 else 0.85)


def _word_weight(word: str, known: Mapping[str, str]) -> float:
    flags = known.get(word)
    if flags is None and not word.isalpha():
        parts = [p for p in re.split(r"[-'’.]", word) if p]
        joined = known.get("".join(parts))
        if joined is not None:
            return _weight(joined)
        return max((_weight(known[p]) for p in parts if p in known), default=0.0)
    if flags is None:
        return 0.5 if _NAME_END.match(word) else 0.0
    # In other scripts the dictionary holds no ordinary words.
    return _weight(flags) if word.isascii() else max(0.8, _weight(flags))


def looks_like_names(value: str) -> bool:
    """A weaker test, enough when the column's name already speaks of a person: words in letters, few of them."""
    if len(value) > 60 or not _LATIN_NAME.match(value):
        return False
    words = _WORD.findall(fold(value))
    return 0 < len(words) <= 6 and not any(w.rstrip(".") in _NOT_PERSONS for w in words)
