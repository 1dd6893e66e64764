"""Names for the demo college's invented people. No combination is meant to be anybody.

Each group pairs given names with family names as they are found together, so that the list of a class
looks like a town: several scripts, right to left too, long names, single names.
"""

from __future__ import annotations

GROUPS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("Alice", "Tom", "Maureen", "Gareth", "Kath", "Derek", "Siobhán", "Callum", "Bev", "Ewan"),
        ("Marsh", "Whitfield", "O’Rourke", "Penhaligon", "Price-Evans", "Stubbs", "McAllister"),
    ),
    (
        ("Aisha", "Bilal", "Zainab", "Imran", "Sana", "Yusuf", "Nadia", "Hamza"),
        ("Khan", "Hussain", "Malik", "Chaudhry", "Qureshi", "Mirza"),
    ),
    (
        ("Priya", "Arjun", "Meera", "Rohan", "Lakshmi", "Harpreet", "Gurdeep", "Anjali"),
        ("Patel", "Sharma", "Nair", "Kaur", "Singh", "Iyer"),
    ),
    (
        ("Chidi", "Ngozi", "Kwame", "Abena", "Tunde", "Folasade", "Kofi", "Blessing"),
        ("Okafor", "Mensah", "Adeyemi", "Owusu", "Eze", "Boateng"),
    ),
    (
        ("Leroy", "Marcia", "Winston", "Sharon", "Delroy", "Yvonne"),
        ("Campbell", "Grant", "Francis", "Bailey", "Clarke"),
    ),
    (
        ("Agnieszka", "Piotr", "Małgorzata", "Łukasz", "Zofia", "Wojciech"),
        ("Kowalska-Nowak", "Wiśniewski", "Zieliński", "Dąbrowska", "Wójcik"),
    ),
    (
        ("Mihaela", "Andrei", "Ioana", "Ștefan", "Kateryna", "Oleksandr", "Halyna"),
        ("Popescu", "Țurcanu", "Shevchenko", "Bondarenko", "Ionescu"),
    ),
    (
        ("Mei", "Wei", "Xiu Ying", "Jun", "Hoa", "Minh", "Linh"),
        ("Chen", "Wong", "Li", "Nguyễn", "Trần", "Lau"),
    ),
    (
        ("Marisol", "João", "Beatriz", "Thiago", "Camila", "Íñigo"),
        ("Fernández", "da Silva", "Gonçalves", "Núñez", "Restrepo"),
    ),
    (
        ("Hodan", "Abdi", "Selam", "Dawit", "Amina", "Yonas"),
        ("Warsame", "Tesfaye", "Haile", "Mohamed", "Bekele"),
    ),
    (
        ("Parisa", "Dara", "Shirin", "Rojin", "Azad", "Farid"),
        ("Rostami", "Ahmadzai", "Barzani", "Karimi", "Noori"),
    ),
    (
        ("Miriam", "Eli", "Rivka", "Daniel", "Tamar"),
        ("Goldberg", "Levy", "Rosenfeld", "Adler"),
    ),
    (
        ("Ayşe", "Mehmet", "Elif", "Emre", "Leyla"),
        ("Yılmaz", "Öztürk", "Çelik", "Şahin"),
    ),
    (
        ("محمد", "فاطمة", "ليلى", "يوسف", "سارة"),
        ("العلي", "الحسن", "درويش", "منصور"),
    ),
    (
        ("רחל", "דוד", "נעמי"),
        ("כהן", "לוי", "מזרחי"),
    ),
    (
        ("ثناء", "عمران", "نسرین"),
        ("بٹ", "صدیقی", "چوہدری"),
    ),
    (
        ("Sólveig", "Björn", "Åsa", "Jürgen", "Zoë", "François"),
        ("Guðmundsdóttir", "Håkansson", "Weißmann", "Lefèvre"),
    ),
)

SPECIAL = (
    "Wilhelmina Konstantinopolitańczykiewiczówna-Featherstonehaugh",
    "Venkatanarasimharajuvaripeta Subrahmanyam Lakshminarasimhan",
    "Hubert Blaine Wolfeschlegelsteinhausenbergerdorff the Younger",
    "Oluwaseunfunmi-Adébáyọ̀ Ọláníyì-Akíntọ́lá",
    "محمد عبد الرحمن بن عبد العزيز الهاشمي القرشي",
    "Maria do Carmo Miranda da Conceição Albuquerque de Noronha",
    "Llewelyn ap Gruffudd ap Rhydderch",
    "Bo",
    "Teddy (they like Ted)",
    "Sunita",
    "X",
    "Dr Anne-Marie O’Shaughnessy-Fitzgerald MBE",
)

# What people write when they say, and how often.
PRONOUNS = (
    ("she/her", "he/him", "they/them", "she/they", "he/they", "xe/xem"),
    (40, 34, 14, 6, 5, 1),
)
