"""Made-up columns for the classifier: people's tables in several languages, and public columns that hold nobody.

Everything is generated from a seed; no value belongs to a person. `columns(half)` gives one half of the tables, so that
one can be kept unread while words and patterns are worked on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

CORE = (
    "person_name", "date_of_birth", "street_address", "phone", "email", "national_id",
    "driver_licence", "passport", "vehicle", "payment_card", "bank_account",
)  # fmt: skip
DIRECT = tuple(c for c in CORE if c not in {"person_name", "date_of_birth"})


@dataclass(frozen=True)
class Column:
    name: str
    values: tuple[str, ...]
    label: str | None


FIRST = [
    "Anna",
    "Bob",
    "Carla",
    "David",
    "Elena",
    "Frank",
    "Grace",
    "Hugo",
    "Irene",
    "Jamal",
    "Keiko",
    "Liam",
    "María",
    "Nadia",
    "Omar",
    "Priya",
    "Quentin",
    "Rosa",
    "Søren",
    "Tomás",
    "Uwe",
    "Vera",
    "Wei",
    "Ximena",
    "Yusuf",
    "Zoë",
    "Aisha",
    "Björn",
    "Chloé",
    "Dmitri",
]
LAST = [
    "Smith",
    "Johnson",
    "García",
    "Müller",
    "Rossi",
    "Silva",
    "Nguyen",
    "Kowalski",
    "O'Neill",
    "Jansen",
    "Andersson",
    "Novák",
    "Dubois",
    "Fernández",
    "Schmidt",
    "Tanaka",
    "Okafor",
    "Patel",
    "Ivanov",
    "Haddad",
    "Moreau",
    "Costa",
    "Bianchi",
    "Weber",
    "Larsen",
    "Horváth",
    "Popescu",
    "Yılmaz",
    "Chen",
    "Kim",
]
STREETS = {
    "en": ["{n} Oak Street", "{n} Maple Ave", "{n} Lake View Dr Apt {m}", "{n} N 5th St", "{n} Washington Blvd"],
    "de": ["Hauptstraße {n}", "Lindenweg {m}", "Am Marktplatz {m}", "Goethestr. {n}"],
    "fr": ["{m} rue de la Paix", "{n}, avenue Victor Hugo", "{m} bis boulevard Voltaire"],
    "es": ["Calle Mayor {m}", "Avenida de la Constitución {n}", "C/ Luna, {m}", "Plaza de España {m}"],
    "it": ["Via Roma {m}", "Piazza Garibaldi, {m}", "Corso Italia {n}"],
    "pt": ["Rua das Flores, {n}", "Avenida Paulista {n}", "Travessa do Carmo {m}"],
    "nl": ["Kerkstraat {m}", "Prinsengracht {n}", "Dorpsweg {m}"],
}
HEADERS: dict[str, dict[str, list[str]]] = {
    "person_name": {"en": ["full_name", "CustomerName", "Last Name", "fname", "patient_name", "Judge", "Defense Attorney", "EMP_NAME", "name"], "de": ["Kundenname", "Vorname"], "fr": ["nom_client", "prénom"], "es": ["nombre del cliente", "apellidos"], "it": ["cognome", "nome_cliente"], "pt": ["nome_completo", "sobrenome"], "nl": ["achternaam", "naam_klant"]},
    "date_of_birth": {"en": ["dob", "BirthDate", "date of birth", "patient_dob"], "de": ["Geburtsdatum"], "fr": ["date_naissance"], "es": ["fecha_nacimiento", "FechaNac"], "it": ["data_nascita"], "pt": ["dt_nasc", "data de nascimento"], "nl": ["geboortedatum"]},
    "street_address": {"en": ["address", "StreetAddress", "mailing_address_1", "addr"], "de": ["Anschrift", "Straße"], "fr": ["adresse"], "es": ["domicilio", "Dirección"], "it": ["indirizzo"], "pt": ["endereço", "morada"], "nl": ["adres"]},
    "phone": {"en": ["phone", "HomePhone", "cell_no", "tel", "ContactNumber"], "de": ["Telefonnummer", "Handy"], "fr": ["téléphone"], "es": ["número de teléfono", "movil"], "it": ["cellulare"], "pt": ["telefone"], "nl": ["telefoonnummer"]},
    "email": {"en": ["email", "EmailAddress", "e-mail", "contact_email"], "de": ["E-Mail-Adresse"], "fr": ["courriel"], "es": ["correo electrónico"], "it": ["indirizzo_email"], "pt": ["endereco_email"], "nl": ["mailadres"]},
    "national_id": {"en": ["ssn", "SocialSecurityNumber", "tax_id", "national_id"], "de": ["Steuer-ID"], "fr": ["numéro_sécurité_sociale"], "es": ["DNI"], "it": ["codice_fiscale"], "pt": ["CPF"], "nl": ["BSN"]},
    "driver_licence": {"en": ["dl_no", "DriversLicenseNumber", "driver_license"], "de": ["Führerscheinnummer"], "fr": ["permis_de_conduire"], "es": ["licencia de conducir"], "it": ["patente_di_guida"], "pt": ["carta_de_condução"], "nl": ["rijbewijsnummer"]},
    "passport": {"en": ["passport_no", "PassportNumber"], "de": ["Reisepassnummer"], "fr": ["passeport"], "es": ["pasaporte"], "it": ["passaporto"], "pt": ["passaporte"], "nl": ["paspoortnummer"]},
    "vehicle": {"en": ["vin", "license_plate", "PlateNumber"], "de": ["Kennzeichen"], "fr": ["immatriculation"], "es": ["matrícula"], "it": ["targa"], "pt": ["matricula"], "nl": ["kenteken"]},
    "payment_card": {"en": ["credit_card_number", "CardNumber", "cc_num"], "de": ["Kreditkartennummer"], "fr": ["numéro_carte"], "es": ["tarjeta"], "it": ["carta_di_credito"], "pt": ["cartão_crédito"], "nl": ["creditcardnummer"]},
    "bank_account": {"en": ["iban", "bank_account_no", "AccountNumber"], "de": ["Kontonummer"], "fr": ["RIB"], "es": ["cuenta_bancaria"], "it": ["conto_corrente"], "pt": ["NIB"], "nl": ["rekeningnummer"]},
}  # fmt: skip
PUBLIC: dict[str, list[str]] = {
    "city": ["city", "Town", "County"], "state": ["State", "province"], "product": ["Product Name", "item"], "company": ["Company", "vendor_name"],
    "amount": ["amount", "Sales", "SUM(Sales)"], "count": ["Number of Records", "victims", "Count of SSN", "email_count"], "year": ["year", "fiscal_year"],
    "years": ["period", "season"], "rate": ["AVG(Age)", "rate", "pct"], "day": ["order_date", "Date", "reported_on"], "code": ["sku", "product_code", "facility_id"],
    "flag": ["saw_doctor", "has_email", "email_opt_in", "is_patient"], "category": ["phone_type", "address type", "segment", "ProcessName"],
    "time": ["time", "duration"], "id": ["id", "record_no", "row"], "species": ["species", "COLONOSCOPY"], "file": ["file_name", "url"],
    "measure": ["ph", "temperature", "ssn_count", "zip_density"], "version": ["version", "build"],
}  # fmt: skip


def _luhn_close(digits: str) -> str:
    total = sum(
        (d * 2 - 9 if d > 4 else d * 2) if i % 2 == 0 else d for i, d in enumerate(int(c) for c in reversed(digits))
    )
    return digits + str(-total % 10)


def _iban(r: random.Random) -> str:
    body = "".join(r.choices("0123456789", k=18))
    return f"DE{98 - int(body + '131400') % 97:02d}{body}"


def _vin(r: random.Random) -> str:
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    worth = dict(zip(letters, [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10), *range(10)], strict=True))
    vin = [r.choice(letters) for _ in range(11)] + r.choices("0123456789", k=6)
    check = (
        sum(worth[c] * w for c, w in zip(vin, [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2], strict=True)) % 11
    )
    vin[8] = "X" if check == 10 else str(check)
    return "".join(vin)


def _national(r: random.Random, lang: str) -> str:
    n = r.randint(10_000_000, 99_999_999)
    match lang:
        case "es":
            return f"{n}{'TRWAGMYFPDXBNJZSQVHLCKE'[n % 23]}"
        case "pt":
            return f"{n % 1000:03d}.{n // 7 % 1000:03d}.{n // 11 % 1000:03d}-{n % 97:02d}"
        case "it":
            return (
                "".join(r.choices("BCDFGLMNPRST", k=6))
                + f"{r.randint(30, 99)}{r.choice('ABCDEHLMPRST')}{r.randint(1, 28):02d}{r.choice('AFHL')}{r.randint(100, 999)}{r.choice('ABCDEF')}"
            )
        case "fr":
            body = f"{r.choice('12')}{r.randint(40, 99)}{r.randint(1, 12):02d}{r.randint(10, 75)}{r.randint(100, 900)}{r.randint(1, 999):03d}"
            return f"{body}{97 - int(body) % 97:02d}"
        case _:
            return f"{r.randint(1, 665):03d}-{r.randint(1, 99):02d}-{r.randint(1, 9999):04d}"


def _phone(r: random.Random, lang: str) -> str:
    tail = f"{r.randint(200, 989)}-{r.randint(1000, 9999)}"
    match lang:
        case "en":
            return r.choice(
                [f"({r.choice([212, 415, 303, 617])}) {tail}", f"{r.choice([212, 415])}-{tail}", f"+1 312 {tail}"]
            )
        case "de":
            return r.choice([f"+49 30 {r.randint(100000, 9999999)}", f"0171 {r.randint(1000000, 9999999)}"])
        case "fr":
            return f"0{r.randint(1, 6)} " + " ".join(f"{r.randint(10, 99)}" for _ in range(4))
        case _:
            return f"+{ {'es': '34 6', 'it': '39 34', 'pt': '351 91', 'nl': '31 6 1'}[lang] }{r.randint(1000000, 9999999)}{r.randint(0, 9)}"


def _value(label: str, lang: str, header: str, r: random.Random) -> str:
    n, m = r.randint(100, 9999), r.randint(1, 99)
    born = date(1935, 1, 1) + timedelta(days=r.randint(0, 26_000))
    letters = "".join(r.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=4))
    lower = header.lower()
    match label:
        case "person_name":
            if any(w in lower for w in ("fname", "vorname", "prénom")):
                return r.choice(FIRST)
            single = any(w in lower for w in ("last", "apellidos", "cognome", "sobrenome", "achternaam"))
            return r.choice(LAST) if single else f"{r.choice(FIRST)} {r.choice(LAST)}"
        case "date_of_birth":
            return born.isoformat() if lang == "en" else born.strftime("%d.%m.%Y")
        case "street_address":
            return r.choice(STREETS[lang]).format(n=n, m=m)
        case "phone":
            return _phone(r, lang)
        case "email":
            return f"{r.choice(FIRST).lower()}.{n}@{r.choice(['mail', 'firma', 'web'])}.example.{r.choice(['com', 'org', 'net'])}"
        case "national_id":
            return _national(r, lang)
        case "driver_licence":
            return f"{letters[0]}{r.randint(100, 999)}-{r.randint(100, 999)}-{m:02d}-{r.randint(100, 999)}-{m % 10}"
        case "passport":
            return f"{letters[0]}{r.randint(10_000_000, 99_999_999)}"
        case "vehicle":
            return _vin(r) if "vin" in lower else f"{letters[:2]}-{r.randint(100, 999)}-{letters[2:]}"
        case "payment_card":
            return _luhn_close("4" + "".join(r.choices("0123456789", k=14)))
        case _:
            return _iban(r)


def _public(kind: str, r: random.Random) -> Callable[[], str]:
    start = r.randint(1, 50_000)
    counter = iter(range(start, start + 100_000))
    makers: dict[str, Callable[[], str]] = {
        "city": lambda: r.choice(
            ["Springfield", "Lake City", "Houston", "Green Bay", "San José", "Toledo", "Aurora", "Mesa"]
        ),
        "state": lambda: r.choice(["Texas", "Ohio", "New York", "Bayern", "Utah", "Iowa"]),
        "product": lambda: r.choice(["Phone Case", "Office Chair", "Chai", "Tofu", "Desk Lamp", "Grand Piano"]),
        "company": lambda: r.choice(["Acme Corp", "Wayne Ltd", "Smith & Sons Inc", "Globex GmbH", "Initech LLC"]),
        "amount": lambda: f"{r.uniform(1, 90000):.2f}",
        "count": lambda: str(r.randint(0, 400)),
        "year": lambda: str(r.randint(1960, 2024)),
        "years": lambda: f"{(y := r.randint(1960, 2010))}-{y + 12}",
        "rate": lambda: f"{r.random() * 90:.6f}",
        "day": lambda: str(date(2018, 1, 1) + timedelta(days=r.randint(0, 2000))),
        "code": lambda: f"{r.choice('AB')}-{next(counter):06d}",
        "flag": lambda: r.choice(["YES", "NO"]),
        "category": lambda: r.choice(["home", "work", "mobile", "other"]),
        "time": lambda: f"{r.randint(0, 23):02d}:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}",
        "id": lambda: str(next(counter)),
        "species": lambda: r.choice(["setosa", "versicolor", "virginica"]),
        "file": lambda: f"report_{r.randint(1, 999)}.csv",
        "measure": lambda: f"{r.gauss(7, 1):.2f}",
        "version": lambda: f"{r.randint(1, 9)}.{r.randint(0, 20)}.{r.randint(0, 9)}",
    }
    return makers[kind]


def people(half: str, *, tables: int = 40) -> Iterator[Column]:
    """Columns of people's tables with their labels; ``half`` is "dev" or "held_out"."""
    for number in range(tables):
        r = random.Random(f"people-{half}-{number}")
        lang = r.choice(list(STREETS))
        rows = r.choice([5, 12, 40])
        for label in r.sample(CORE, k=6):
            header = r.choice(HEADERS[label][lang])
            yield Column(header, tuple(_value(label, lang, header, r) for _ in range(rows)), label)
        for kind in r.sample(list(PUBLIC), k=6):
            make = _public(kind, r)
            yield Column(r.choice(PUBLIC[kind]), tuple(make() for _ in range(rows)), None)


def public(half: str, *, columns: int = 1000) -> Iterator[Column]:
    """Columns of public statistics: none holds a direct identifier."""
    r = random.Random(f"public-{half}")
    for _ in range(columns):
        kind = r.choice(list(PUBLIC))
        make = _public(kind, r)
        yield Column(r.choice(PUBLIC[kind]), tuple(make() for _ in range(r.choice([8, 50]))), None)
