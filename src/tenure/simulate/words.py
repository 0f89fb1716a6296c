"""The words of the simulated lender: names, occupations, products, phrases, all generic."""

from typing import Final

GIVEN_NAMES: Final = (
    "Aylin", "Baran", "Cemre", "Deniz", "Elif", "Ferhat", "Gizem", "Hakan", "Irmak", "Kerem",
    "Lale", "Melis", "Nehir", "Onur", "Pelin", "Rana", "Selim", "Tuna", "Umut", "Yasemin",
    "Amara", "Bruno", "Clara", "Dario", "Edda", "Farah", "Greta", "Hugo", "Ines", "Jonas",
    "Katya", "Luis", "Mira", "Nils", "Olga", "Pavel", "Quinn", "Rosa", "Sami", "Tove",
)  # fmt: skip

FAMILY_NAMES: Final = (
    "Akarsu", "Bulut", "Demirel", "Erdem", "Gunes", "Karaca", "Ozturk", "Sezgin", "Tekin", "Yalin",
    "Almeida", "Bergstrom", "Castell", "Dvorak", "Eriksen", "Fontaine", "Garcia", "Haddad", "Ivanova",
    "Jansen",
    "Keller", "Lindqvist", "Moreau", "Novak", "Okafor", "Petrov", "Rahman", "Silva", "Tanaka", "Weber",
)  # fmt: skip

OCCUPATIONS: Final = (
    "Nurse", "Teacher", "Driver", "Electrician", "Accountant", "Cook", "Developer", "Civil_Servant",
    "Salesperson", "Pharmacist", "Farmer", "Technician", "Translator", "Shopkeeper", "Carpenter",
)  # fmt: skip

PRODUCTS: Final = ("Cash_Loan", "Salary_Advance", "Top_Up", "Refinance")

LOAN_TYPES: Final = (
    "Auto Loan", "Home Loan", "Student Loan", "Personal Loan", "Payday Loan",
    "Consolidation Loan", "Credit-Builder Loan", "Appliance Loan", "Not Specified",
)  # fmt: skip

CREDIT_MIXES: Final = ("Bad", "Standard", "Good")

MINIMUM_PAYMENTS: Final = ("No", "Yes")

PAYMENT_BEHAVIOURS: Final = tuple(
    f"{spent}_spent_{value}_value_payments"
    for spent in ("Low", "High")
    for value in ("Small", "Medium", "Large")
)
