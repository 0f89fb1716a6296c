"""Turkish places and the words of house listings; the same neighbourhood names stand in every district."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """One district of a city."""

    city: str
    district: str
    log_level: float
    """What it adds to the logarithm of the price."""
    weight: float
    """How often houses are listed there, against the others."""


PLACES: Final = (
    Place("İstanbul", "Kadıköy", 0.95, 3),
    Place("İstanbul", "Beşiktaş", 1.1, 1),
    Place("İstanbul", "Üsküdar", 0.7, 2),
    Place("İstanbul", "Şişli", 0.6, 2),
    Place("İstanbul", "Bağcılar", 0.2, 2),
    Place("İstanbul", "Esenyurt", -0.15, 4),
    Place("Ankara", "Çankaya", 0.4, 3),
    Place("Ankara", "Keçiören", -0.1, 3),
    Place("Ankara", "Mamak", -0.25, 2),
    Place("İzmir", "Karşıyaka", 0.5, 2),
    Place("İzmir", "Bornova", 0.3, 2),
    Place("İzmir", "Çiğli", 0.15, 1),
    Place("Antalya", "Muratpaşa", 0.35, 2),
    Place("Antalya", "Kepez", 0.1, 2),
    Place("Balıkesir", "Edremit", 0.05, 2),
    Place("Balıkesir", "Merkez", -0.2, 1),
    Place("Isparta", "Merkez", -0.4, 1),
    Place("Isparta", "Eğirdir", -0.5, 0.5),
    Place("Iğdır", "Merkez", -0.5, 1),
)

NEIGHBOURHOODS: Final = (
    "Cumhuriyet Mahallesi",
    "Atatürk Mahallesi",
    "Merkez Mahallesi",
    "Bahçelievler Mahallesi",
    "Yeni Mahalle",
    "Fatih Mahallesi",
    "İnönü Mahallesi",
    "Işıklar Mahallesi",
    "Ihlamur Mahallesi",
    "Çınarlı Mahallesi",
)
ROOMS: Final = ("1+0", "1+1", "2+1", "3+1", "4+1", "5+1")
BUILDING_AGES: Final = ("0 (Yeni)", "1-4", "5-10", "11-15", "16-20", "21 Ve Üzeri")
HEATING: Final = ("Kombi Doğalgaz", "Klimalı", "Merkezi (Pay Ölçer)", "Yerden Isıtma", "Soba")


def turkish_upper(text: str) -> str:
    """Text in Turkish capitals, where i becomes İ and ı becomes I.

    Examples
    --------
    >>> turkish_upper("Iğdır, Çiğli")
    'IĞDIR, ÇİĞLİ'
    """
    return text.replace("i", "İ").replace("ı", "I").upper()
