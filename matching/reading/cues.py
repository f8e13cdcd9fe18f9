"""Words that tell what the number after them is. Folded: upper-case, no accents."""

INVOICE_CUES = frozenset({
    "FACTURE", "FACTURES", "FACT", "FACTS", "FAC", "FACS", "FA", "FCT", "FTR", "FT", "F", "INVOICE",
    "INVOICES", "INV", "RE", "REF", "REFERENCE", "REFS", "RECHNUNG", "FATTURA", "FACTURA", "N", "NO", "NUM",
    "NUMERO", "NR", "SOLDE", "ACOMPTE",
})  # fmt: skip
"""Before a number, they say that it may be an invoice number."""

INVOICE_WORDS = frozenset({
    "FACTURE", "FACTURES", "FACT", "FACTS", "FAC", "FACS", "FA", "FCT", "INVOICE", "INVOICES", "INV",
    "RECHNUNG",
})  # fmt: skip
"""Among them, those that leave no doubt: what follows was meant as an invoice number."""

GENERIC_PREFIXES = INVOICE_CUES | {"V", "A", "B", "C", "D", "E", "S", "P"}
"""Prefixes too common to tell one series of numbers from another."""

LINKING_WORDS = frozenset({"N", "NO", "NUM", "NUMERO", "NR", "DE", "DU", "LA", "LE", "VOTRE"})
"""Words that may stand between a cue and its number."""

FOREIGN_CUES = frozenset({
    "DEVIS", "DEV", "QUOTE", "BC", "BDC", "CDE", "CMD", "COMMANDE", "ORDER", "PO", "CONTRAT", "CONTRACT",
    "CTR", "CONVENTION", "AVENANT", "AVOIR", "AV", "MANDAT", "MDT", "RUM", "CLIENT", "CLT", "DOSSIER",
    "DOS", "COMPTE", "CPTE", "TEL", "MOBILE", "SIRET", "SIREN", "RCS", "CODE", "ID", "LOT", "REMISE",
    "CARTE", "CB", "LOYER", "ECHEANCE", "ENGAGEMENT", "MARCHE", "AN", "ANNEE", "EXERCICE",
})  # fmt: skip
"""Before a number, they say that it belongs to another kind of document (or is a year)."""

RETURN_CUES = frozenset({
    "RETOUR", "REJET", "REJETE", "RECALL", "RAPPEL", "REMBOURSEMENT", "REMB", "REFUND", "RETURNED",
    "RETURN", "ANNULATION", "REIMBURSEMENT", "REVERSAL", "CHARGEBACK",
})  # fmt: skip
"""Money that comes back: ours, returned; or a supplier's refund."""

PARTIAL_CUES = frozenset({
    "ACOMPTE", "ACPTE", "ARRHES", "DEPOSIT", "PARTIEL", "PARTIAL", "VERSEMENT", "ECHEANCIER", "1ER", "2EME",
    "ACCOMPTE",
})  # fmt: skip
"""The payer says that this is a part."""
