"""Names of invented people, firms and streets: common Vietnamese words, put together at random."""

# surname: how many of a thousand bear it
SURNAMES = {
    "Nguyễn": 384, "Trần": 110, "Lê": 95, "Phạm": 70, "Hoàng": 51, "Phan": 45, "Vũ": 39, "Võ": 36, "Đặng": 21,
    "Bùi": 20, "Đỗ": 14, "Hồ": 13, "Ngô": 13, "Dương": 10, "Lý": 9, "Đinh": 9, "Trương": 9, "Mai": 8, "Cao": 7,
    "Hà": 7, "Lương": 6, "Tạ": 5, "Châu": 5, "Đoàn": 5, "Tô": 4, "Thái": 3, "Quách": 2,
}  # fmt: skip
MIDDLE = (
    "Văn", "Thị", "Minh", "Thu", "Ngọc", "Đức", "Thanh", "Quang", "Hồng", "Kim", "Gia", "Bảo", "Hữu",
    "Xuân", "Phương", "Tuấn", "Anh", "Hoài", "Mỹ", "Công", "Thùy", "Khánh", "Nhật", "Tường", "Diệu",
    "Trọng", "Đình", "Quốc",
)  # fmt: skip
GIVEN = (
    "An", "Anh", "Bình", "Châu", "Chi", "Cường", "Dũng", "Dung", "Duy", "Giang", "Hà", "Hải", "Hạnh",
    "Hằng", "Hiền", "Hiếu", "Hoa", "Hòa", "Huệ", "Hùng", "Hương", "Huy", "Khang", "Khánh", "Khoa", "Kiên",
    "Lan", "Liên", "Linh", "Loan", "Long", "Mai", "Mạnh", "My", "Nam", "Nga", "Ngân", "Nghĩa", "Nhi",
    "Nhung", "Oanh", "Phát", "Phong", "Phúc", "Phương", "Quân", "Quỳnh", "Sơn", "Tâm", "Tân", "Thắng",
    "Thảo", "Thịnh", "Thoa", "Thủy", "Tiến", "Trang", "Trinh", "Trung", "Tú", "Tuấn", "Tuyết", "Uyên",
    "Vân", "Việt", "Vinh", "Yến",
)  # fmt: skip
FIRM_WORDS = (
    "Sao Mai", "An Phú", "Hương Biển", "Đại Dương", "Bình Minh", "Sông Xanh", "Núi Ngọc", "Hoa Sen", "Thiên Long",
    "Mây Trắng", "Phố Xưa", "Cát Vàng", "Gió Lành", "Đồi Thông", "Lá Xanh", "Hồng Hà", "Tân Tiến", "Thành Công",
    "Vạn Xuân", "Kim Liên", "Trúc Lâm", "Bạch Dương", "Hải Âu", "Phương Nam", "Việt Hưng", "Đông Á", "Nhà Gỗ",
    "Mộc Lan", "Thảo Nguyên", "Suối Mơ", "Hoàng Gia", "Cánh Diều", "Làng Chài", "Ánh Dương", "Thu Bồn", "Cửu Long",
)  # fmt: skip
# industry: what stands before the name
FIRMS = {
    "cafe": ("Cà phê", "Quán", "Tiệm cà phê"),
    "hotel": ("Khách sạn", "Nhà nghỉ"),
    "confectioner": ("Bánh kẹo", "Tiệm bánh"),
    "wholesaler": ("Phân phối", "Thương mại"),
    "office": ("Văn phòng", "Tư vấn"),
    "school": ("Trường", "Mầm non"),
    "administration": ("Ủy ban", "Sở"),
}
LEGAL = {"cafe": "", "hotel": "Công ty TNHH", "confectioner": "Công ty TNHH", "wholesaler": "Công ty cổ phần",
         "office": "Công ty TNHH", "school": "", "administration": ""}  # fmt: skip
STREETS = (
    "Lê Lợi", "Trần Hưng Đạo", "Nguyễn Huệ", "Hai Bà Trưng", "Lý Thường Kiệt", "Phan Chu Trinh", "Quang Trung",
    "Ngô Quyền", "Điện Biên Phủ", "Nguyễn Trãi", "Lê Thánh Tông", "Bà Triệu", "Phan Đình Phùng", "Hùng Vương",
    "Nguyễn Du", "Trần Phú", "Hoàng Diệu", "Lê Duẩn", "Cách Mạng Tháng Tám", "Võ Thị Sáu", "Tôn Đức Thắng",
    "Nguyễn Thị Minh Khai", "Đinh Tiên Hoàng", "Lạc Long Quân", "Âu Cơ", "Xuân Diệu", "Hàm Nghi", "Bạch Đằng",
    "Nguyễn Văn Cừ", "Phạm Ngũ Lão", "Trường Chinh", "Kim Mã", "Giải Phóng", "Láng Hạ", "Cầu Giấy", "Đội Cấn",
)  # fmt: skip
PROVIDERS = ("example.com", "example.net", "example.org", "mail.example", "post.example")
