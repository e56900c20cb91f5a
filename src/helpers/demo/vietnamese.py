"""The company with Vietnamese names for products, places, channels and topics: `source: demo?names=vi`.

Only names change: no number, id or day does, so that the truth stays the truth.
"""

from pathlib import Path

import pandas as pd

CHANNELS = {
    "store": "cửa hàng",
    "web": "trang web",
    "phone": "điện thoại",
    "visit": "đến thăm",
    "paid_social": "quảng cáo mạng xã hội",
    "search": "tìm kiếm",
    "referral": "giới thiệu",
    "trade_fair": "hội chợ thương mại",
}
REGIONS = {
    "Ho Chi Minh City": "Thành phố Hồ Chí Minh",
    "Ha Noi": "Hà Nội",
    "Da Nang": "Đà Nẵng",
    "Hai Phong": "Hải Phòng",
    "Can Tho": "Cần Thơ",
    "Dong Nai": "Đồng Nai",
    "Lam Dong": "Lâm Đồng",
    "Hue": "Huế",
    "Khanh Hoa": "Khánh Hòa",
    "Binh Duong": "Bình Dương",
    "Nghe An": "Nghệ An",
    "Quang Ninh": "Quảng Ninh",
}
INDUSTRIES = {
    "cafe": "quán cà phê",
    "hotel": "khách sạn",
    "confectioner": "bánh kẹo",
    "wholesaler": "bán buôn",
    "office": "văn phòng",
    "school": "trường học",
    "administration": "cơ quan nhà nước",
}
# column of a table: its values
NAMES: dict[str, dict[str, str]] = {
    "category": {
        "espresso_beans": "hạt cà phê espresso",
        "filter_beans": "hạt cà phê lọc giấy",
        "phin_coffee": "cà phê phin",
        "capsules": "cà phê viên nén",
        "equipment": "dụng cụ pha chế",
        "gift_sets": "hộp quà tặng",
        "tea": "trà",
        "supplies": "vật tư",
    },
    "channel": CHANNELS,
    "region": REGIONS,
    "unit": REGIONS,
    "industry": INDUSTRIES,
    "plan": {"discovery": "gói Khám phá", "barista": "gói Barista", "office": "gói Văn phòng"},
    "topic": {
        "late delivery": "giao hàng muộn",
        "damaged goods": "hàng hư hỏng",
        "wrong item": "giao nhầm hàng",
        "taste": "hương vị",
        "invoice": "hóa đơn",
    },
    "department": {
        "kitchen": "bếp",
        "management": "ban quản lý",
        "purchasing": "mua hàng",
        "reception": "lễ tân",
        "accounting": "kế toán",
    },
}


def rename(folder: Path) -> None:
    """Write the tables of a folder anew with these names in place of the English ones; all else stays to the letter."""
    for file in sorted(folder.glob("*.csv")):
        table = pd.read_csv(file, dtype="str", keep_default_na=False)
        _renamed(table).to_csv(file, index=False, lineterminator="\n")
    for file in sorted(folder.glob("*.parquet")):
        _renamed(pd.read_parquet(file)).to_parquet(file, index=False)


def _renamed(table: pd.DataFrame) -> pd.DataFrame:
    named = {column: table[column].replace(NAMES[column]) for column in NAMES if column in table}
    return table.assign(**named)
