"""Encodings are named by what the bytes are: in many languages, with the header in its own letters or in Latin ones."""

import pytest

from helpers.tables import encodings

NAMES = {
    "ja": ("顧客コード,氏名,金額", ["山田太郎", "鈴木花子", "佐藤健", "ｱｲｳ商店"], ["cp932", "euc_jp"]),
    "zh": ("客户编号,姓名,金额", ["张伟", "王芳", "李娜", "北京市朝阳区"], ["gb18030"]),
    "tw": ("客戶編號,姓名,金額", ["陳怡君", "林志明", "張雅婷", "台北市信義區"], ["big5"]),
    "ko": ("고객번호,이름,금액", ["김민수", "이영희", "박지훈", "서울특별시"], ["cp949"]),
    "ru": ("Клиент,Имя,Сумма", ["Иванов Иван", "Петрова Анна", "Москва"], ["cp1251", "koi8_r", "cp866"]),
    "th": ("รหัสลูกค้า,ชื่อ,ยอด", ["สมชาย ใจดี", "สมหญิง รักไทย", "กรุงเทพมหานคร"], ["cp874"]),
    "de": ("Kunde,Name,Betrag", ["Müller", "Größe", "Jäger", "Öztürk"], ["cp1252"]),
    "pl": ("Klient,Nazwa,Kwota", ["Wiśniewski", "Łódź", "Gdańsk"], ["cp1250"]),
    "el": ("Πελάτης,Όνομα,Ποσό", ["Παπαδόπουλος", "Ελένη", "Αθήνα"], ["cp1253"]),
    "he": ("לקוח,שם,סכום", ["כהן", "לוי", "ירושלים"], ["cp1255"]),
    "ar": ("العميل,الاسم,المبلغ", ["محمد", "فاطمة", "القاهرة"], ["cp1256"]),
}
CASES = [(language, name) for language, (_, _, names) in NAMES.items() for name in names]


def written(language: str, encoding: str, header: str = "") -> bytes:
    own, words, _ = NAMES[language]
    rows = [f"{place},{words[place % len(words)]},{place}.5" for place in range(90)]
    return "\n".join([header or own, *rows]).encode(encoding)


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_the_encoding_is_named_for_certain_and_its_words_shown(language, encoding):
    proposal = encodings.propose(written(language, encoding))
    assert proposal.settings == {"encoding": encoding}
    assert (
        NAMES[language][0].split(",", maxsplit=1)[0] in proposal.why or NAMES[language][1][0] in proposal.why
    )


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_under_a_latin_header_the_right_one_comes_first(language, encoding):
    proposal = encodings.propose(written(language, encoding, "Customer,Name,Amount"))
    assert proposal.choices[0] == {"encoding": encoding}


def test_encodings_that_read_the_same_are_no_choice():
    assert encodings.propose("Kunde\nMüller\nGröße\n".encode("cp1252")).choices == ({"encoding": "cp1252"},)
