"""What a column is, by its name, its values and both."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.sensitivity import Evidence, ValueState, classify, classify_column
from tests.effort import examples

CLASSES = {
    "person_name", "date_of_birth", "street_address", "phone", "email", "national_id", "driver_licence", "passport", "vehicle",
    "payment_card", "bank_account", "ip_address", "device_id", "geo_point", "postal_code", "age", "sex", "ethnicity",
    "marital_status", "religion", "health", "criminal_record", "firearm", "biometric", "username", "free_text", "record_id",
    "small_count",
}  # fmt: skip
NAMES = ["John Smith", "Maria Garcia", "Wei Chen", "Aisha Haddad", "Peter Novak"]


def best(name, values=(), **more):
    found = classify(name, values, **more)
    return max(found, key=found.get) if found else None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dob", "date_of_birth"), ("fname", "person_name"), ("CUST_LNAME", "person_name"), ("HomePhone", "phone"), ("ph", "phone"), ("tel", "phone"),
        ("addr1", "street_address"), ("ssn", "national_id"), ("dl_no", "driver_licence"), ("mrn", "record_id"), ("Patient ID", "record_id"), ("customer id", "record_id"),
        ("county clerk name", "person_name"), ("Geburtsdatum", "date_of_birth"), ("fecha de nacimiento", "date_of_birth"), ("nombre del cliente", "person_name"),
        ("numero de telefono", "phone"), ("codice_fiscale", "national_id"), ("nr_prawa_jazdy", "driver_licence"), ("fødselsdato", "date_of_birth"), ("姓名", "person_name"),
        ("身份证号码", "national_id"), ("出生日期", "date_of_birth"), ("電話番号", "phone"), ("이메일", "email"), ("xingming", "person_name"), ("shoujihao", "phone"),
        ("Latitude", "geo_point"), ("zip", "postal_code"), ("race", "ethnicity"), ("Marital Status", "marital_status"), ("gun_serial", "firearm"), ("fingerprint", "biometric"),
        ("arrest_charge", "criminal_record"), ("diagnosis_code", "health"), ("login_name", "username"), ("comments", "free_text"), ("Defense Attorney", "person_name"),
        ("ip_address", "ip_address"), ("mac address", "device_id"), ("mother's maiden name", "person_name"), ("custname", "person_name"),
        ("Handle", "username"), ("twitter_handle", "username"), ("user handle", "username"), ("Arrest Charge", "criminal_record"), ("Charge Description", "criminal_record"),
        ("Residence Address", "street_address"), ("residential_phone", "phone"), ("Ship Address", "street_address"), ("Residence", "street_address"),
    ],
)  # fmt: skip
def test_names_alone(name, expected):
    assert best(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "COLONOSCOPY", "ProcessName", "ProductName", "file_name", "county name", "name of county", "SUM(Age)", "AVG([Age])", "Count of SSN", "Number of Records", "birth_country",
        "CountryOfBirth", "email_opt_in", "has_email", "phone model", "address type", "email count", "tipo de telefono", "nombre_producto", "SSN_flag", "Customer Email Domain",
        "AverageAge", "city", "Mailing Address City", "cc_exp_date", "plate thickness", "address_id", "", "   ", "_", "col1",
        "Ship Handle Cost", "Handle Time", "Door Handle", "Handle With Care", "Ship Charge", "Shipping Charge", "Service Charge", "Battery Charge", "State of Charge",
        "Phone Calls", "Email Opens", "Email Clicks", "Logins", "Social Security Benefits", "Medicare Payments", "Residential", "Ship Via", "Body Weight", "Ad",
    ],
)  # fmt: skip
def test_names_that_are_not_personal(name):
    assert not classify(name)


def test_values_veto_the_name():
    assert not classify("email", ["SKING", "NKOCHHAR"])
    assert not classify("saw_doctor", ["YES", "NO"])
    assert not classify("phone", ["7.25", "7.31"])
    assert not classify("ssn", ["2019-01-01", "2020-03-04"])
    assert not classify("name", ["Alabama", "Alaska", "Arizona"])
    assert not classify("lat", ["12", "15", "700"])


def test_values_confirm_the_name():
    assert classify("Judge", NAMES)["person_name"] > classify("Judge")["person_name"]
    assert best("user", NAMES) == "person_name"
    assert best("user", ["anna7", "bob_x", "kk91"]) is None or best("user", ["anna7", "bob_x", "kk91"]) == "username"
    assert classify("email", ["a@b.com", "c@d.org"])["email"] > 0.95


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a@b.com", "c.d@e.org"], "email"), (["192.168.10.1", "10.0.200.7"], "ip_address"), (["00:1A:2B:3C:4D:5E", "AA:BB:CC:DD:EE:FF"], "device_id"),
        (["123-45-6789", "219-09-9999", "078-05-1120"], "national_id"), (["DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606"], "bank_account"),
        (["12 Oak Street", "9 Elm Ave Apt 4", "77 Lake Dr"], "street_address"), (["Hauptstraße 12", "Lindenweg 3a", "Am Ring 44"], "street_address"),
        (["北京市朝阳区建国路88号", "上海市浦东新区世纪大道100号", "广东省深圳市南山区科技路1号"], "street_address"), (["王小明", "李娜", "张伟", "刘洋"], "person_name"),
        (["Анна Иванова", "Дмитрий Петров", "Ольга Смирнова"], "person_name"), (NAMES, "person_name"), (["Male", "Female"], "sex"), (["Married", "Divorced", "Never married"], "marital_status"),
        (["+1 212-555-0123", "(415) 555-2671", "303-555-0199"], "phone"), (["1HGCM82633A004352", "1M8GDM9AXKP042788", "5GZCZ43D13S812715"], "vehicle"),
        (["4111111111111111", "5500005555555559", "4012888888881881", "340000000000009", "6011000000000004"], "payment_card"),
        (["AA-123-BB", "CD-456-EF", "GH-789-JK", "LM-012-NP", "QR-345-ST"], "vehicle"),
    ],
)  # fmt: skip
def test_values_alone(values, expected):
    assert best("field_7", values) == expected


@pytest.mark.parametrize(
    "values",
    [
        ["1977-1989", "1990-1995", "2000-2002"], ["11:38:36", "11:57:40", "12:12:28"], ["0.123456", "0.5523411", "17.25"], ["877-76317", "877-76318", "745-49508"],
        ["1", "2", "3"], ["setosa", "virginica"], ["charter", "boat", "pier", "beach"], ["CLE-DET", "CHI-BAL", "BOS-NYY"], ["Acme Corp", "Smith & Sons Inc"],
        ["2019-01-02", "2019-01-03", "2019-01-04"], ["4111111111111112", "5500005555555550"],
    ],
)  # fmt: skip
def test_public_values_are_nobody(values):
    assert not classify("col1", values)


def test_session_numbers_that_pass_the_checksum_by_chance_are_no_cards():
    ids = [str(8_000_000_000_000_000 + n * 7919) for n in range(60)]
    assert not classify("session_id", ids)


def test_unknown_empty_and_seen_are_three_states():
    assert classify_column("ssn").values is ValueState.UNKNOWN
    assert classify_column("ssn", ["", None, "  "]).values is ValueState.EMPTY
    assert not classify("ssn", [None, " "])
    seen = classify_column("ssn", ["123-45-6789"])
    assert seen.values is ValueState.SEEN
    assert seen.evidence["national_id"] == (Evidence.NAME, Evidence.VALUES)
    assert classify_column("ssn").evidence["national_id"] == (Evidence.NAME,)
    assert classify_column("x", ["a@b.com", "d@e.org"]).evidence["email"] == (Evidence.VALUES,)


def test_caption_and_remote_name_speak_too():
    assert best("Calculation_1234", caption="Patient Name") == "person_name"
    assert best("Field 3", remote_name="SSN_NBR") == "national_id"


def test_a_coordinate_pair_age_bands_coded_race_and_json():
    assert best("where", ["52.5200, 13.4050", "48.8566, 2.3522"]) == "geo_point"
    assert best("age", ["18-24", "25-34", "65+"]) == "age"
    assert best("race___1", ["0", "1"]) == "ethnicity"
    assert best("payload", ['{"email": "a@b.com"}', '{"email": "c@d.org"}']) == "email"


def test_small_counts():
    assert best("victim_count", ["1", "3", "2"]) == "small_count"
    assert best("victim_count", ["1", "340", "2"]) is None
    assert best("victim_count") is None


def test_long_texts_are_free_text():
    text = "The patient came in late and said that nobody had called her about the results of the tests."
    assert best("details", [text, text + " Twice.", text + " Thrice."]) == "free_text"


@settings(max_examples=examples(80))
@given(st.text(max_size=60), st.lists(st.one_of(st.none(), st.text(max_size=200)), max_size=8))
def test_any_text_gives_known_classes_with_sure_enough_confidence(name, values):
    found = classify(name, values)
    assert set(found) <= CLASSES
    assert all(0.5 <= c <= 1 for c in found.values())


def test_nothing_that_is_kept_or_printed_holds_a_value():
    assert "123-45-6789" not in repr(classify_column("ssn", ["123-45-6789"]))
    from auditor.sensitivity.profile import profile

    assert "123-45-6789" not in repr(profile(["123-45-6789"]))


def test_hostile_values_take_no_time():
    hard = [
        "9" * 100_000,
        "a@" * 50_000,
        "(" * 50_000,
        "1-" * 50_000,
        "A " * 50_000,
        " " * 50_000 + "x",
        "street " * 9_000,
    ]
    assert isinstance(dict(classify("col1", hard * 20)), dict)
