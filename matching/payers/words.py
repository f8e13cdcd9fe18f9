"""Words in the names of payers and clients. Folded: upper-case, no accents."""

LEGAL_FORMS = frozenset({
    "SA", "SAS", "SASU", "SARL", "EURL", "SNC", "SCI", "SCOP", "SELARL", "SELAS", "GIE", "SCA", "SCS", "SC",
    "LTD", "LIMITED", "LLC", "LLP", "INC", "CORP", "GMBH", "AG", "KG", "BV", "NV", "SPA", "SRL", "SL",
    "LDA", "PLC", "OY", "AB", "AS", "APS", "SOCIETE", "STE", "ETS", "ETABLISSEMENTS", "ASSOCIATION", "ASSO",
})  # fmt: skip
"""Legal forms say nothing about who it is."""

COMMON_WORDS = frozenset({
    "GROUPE", "GROUP", "AGENCE", "AGENCY", "PARIS", "LYON", "FRANCE", "FR", "EUROPE", "EU", "INTERNATIONAL",
    "MEDIA", "MEDIAS", "STUDIO", "STUDIOS", "PRODUCTION", "PRODUCTIONS", "PROD", "COMMUNICATION", "CONSEIL",
    "CONSULTING", "SERVICES", "HOLDING", "DIGITAL", "CREATIVE", "MAISON", "LES", "LE", "LA", "DE", "DU",
    "DES", "ET", "AND", "THE", "M", "MME", "MR", "MONSIEUR", "MADAME", "OU", "VIR", "VIREMENT", "PARFUMS",
    "COSMETICS", "BEAUTE", "MODE",
})  # fmt: skip
"""Words so common in names that they count for a quarter."""

NON_CLIENT_NAMES = (
    "DGFIP", "DIRECTION GENERALE DES FINANCES", "TRESOR PUBLIC", "URSSAF", "SIE", "SIP", "CPAM", "AGIRC",
    "POLE EMPLOI", "FRANCE TRAVAIL", "QONTO", "INTERETS", "ASSURANCE", "MUTUELLE", "AXA", "MAIF", "ORANGE",
    "SNCF", "EDF",
)  # fmt: skip
"""Payers whose money is usually not a client's: a higher bar, not an exclusion."""

FACTOR_NAMES = (
    "FACTOR", "FACTORING", "EUROFACTOR", "FACTOFRANCE", "CGA", "COMPAGNIE GENERALE D AFFACTURAGE",
    "AFFACTURAGE", "NATIXIS FACTOR", "BNP PARIBAS FACTOR", "DEFACTO", "HITACHI CAPITAL FACTORING",
)  # fmt: skip
"""A factor finances many clients: its name identifies none."""

PLATFORM_NAMES = (
    "STRIPE", "PAYPAL", "GOCARDLESS", "SUMUP", "MOLLIE", "ADYEN", "SHOPIFY", "WISE PAYMENTS", "LYDIA",
    "ZETTLE", "AIRBNB", "KLARNA", "ALMA",
)  # fmt: skip
"""Payment platforms pay out net of fees, for many at once."""
