"""What the demo company sells, to whom, and on which terms."""

# key: (price, service?, en, de, fr, es)
PRODUCTS = {
    "gauge": (
        184,
        False,
        "Digital pressure gauge KM-200",
        "Digitalmanometer KM-200",
        "Manomètre numérique KM-200",
        "Manómetro digital KM-200",
    ),
    "logger": (
        129,
        False,
        "Temperature data logger KM-90",
        "Temperatur-Datenlogger KM-90",
        "Enregistreur de température KM-90",
        "Registrador de temperatura KM-90",
    ),
    "flow": (
        1490,
        False,
        "Electromagnetic flow meter KM-F50",
        "Magnetisch-induktiver Durchflussmesser KM-F50",
        "Débitmètre électromagnétique KM-F50",
        "Caudalímetro electromagnético KM-F50",
    ),
    "ph": (
        620,
        False,
        "pH and conductivity meter KM-PH3",
        "pH- und Leitfähigkeitsmessgerät KM-PH3",
        "pH-mètre et conductimètre KM-PH3",
        "Medidor de pH y conductividad KM-PH3",
    ),
    "probe": (
        86,
        False,
        "Replacement probe set",
        "Ersatzsonden, Satz",
        "Jeu de sondes de rechange",
        "Juego de sondas de repuesto",
    ),
    "balance": (
        2340,
        False,
        "Laboratory balance, 0.1 mg",
        "Laborwaage, 0,1 mg",
        "Balance de laboratoire, 0,1 mg",
        "Balanza de laboratorio, 0,1 mg",
    ),
    "torque": (
        1120,
        False,
        "Torque wrench tester KM-T",
        "Drehmomentprüfgerät KM-T",
        "Contrôleur de clés dynamométriques KM-T",
        "Comprobador de llaves dinamométricas KM-T",
    ),
    "scale": (
        980,
        False,
        "Floor scale, 600 kg",
        "Bodenwaage, 600 kg",
        "Bascule au sol, 600 kg",
        "Báscula de suelo, 600 kg",
    ),
    "anemo": (
        1690,
        False,
        "Ultrasonic anemometer KM-W2",
        "Ultraschall-Anemometer KM-W2",
        "Anémomètre à ultrasons KM-W2",
        "Anemómetro ultrasónico KM-W2",
    ),
    "refracto": (
        240,
        False,
        "Digital refractometer KM-R1",
        "Digitales Refraktometer KM-R1",
        "Réfractomètre numérique KM-R1",
        "Refractómetro digital KM-R1",
    ),
    "gas": (
        460,
        False,
        "Gas detector, four gases",
        "Gaswarngerät, vier Gase",
        "Détecteur quatre gaz",
        "Detector de cuatro gases",
    ),
    "calibrate": (
        74,
        True,
        "Calibration with certificate, per instrument",
        "Kalibrierung mit Zertifikat, je Gerät",
        "Étalonnage avec certificat, par instrument",
        "Calibración con certificado, por instrumento",
    ),
    "service": (
        1850,
        True,
        "Annual service contract",
        "Wartungsvertrag, ein Jahr",
        "Contrat d'entretien annuel",
        "Contrato de mantenimiento anual",
    ),
    "callout": (
        390,
        True,
        "On-site visit by a technician, half a day",
        "Technikereinsatz vor Ort, halber Tag",
        "Intervention d'un technicien, demi-journée",
        "Visita de un técnico, media jornada",
    ),
    "training": (
        720,
        True,
        "Operator training, one day",
        "Bedienerschulung, ein Tag",
        "Formation des opérateurs, une journée",
        "Formación de operarios, un día",
    ),
    "freight": (
        38,
        True,
        "Freight and packing",
        "Fracht und Verpackung",
        "Port et emballage",
        "Portes y embalaje",
    ),
}
PRODUCT_LANGS = ("en_US", "de_DE", "fr_FR", "es_ES")

# What each trade buys.
TRADES = {
    "dairy": ("ph", "logger", "scale", "calibrate", "service"),
    "brewing": ("ph", "refracto", "logger", "flow", "calibrate"),
    "health": ("balance", "logger", "calibrate", "service"),
    "marine": ("anemo", "gauge", "callout", "gas"),
    "industry": ("logger", "gauge", "flow", "service", "gas"),
    "engineering": ("gauge", "torque", "calibrate", "training"),
    "home": ("refracto", "logger", "probe"),
    "food": ("scale", "logger", "refracto", "probe", "calibrate"),
    "lab": ("balance", "ph", "probe", "calibrate", "service"),
    "water": ("flow", "ph", "gauge", "callout", "service"),
    "energy": ("anemo", "gas", "service", "training", "torque"),
}
# Bought by the dozen rather than one by one.
SMALL = ("gauge", "logger", "probe", "calibrate", "refracto", "gas")

# How a customer names an order.
ORDER_WORD = {
    "en_US": "PO",
    "de_DE": "Best.-Nr.",
    "fr_FR": "Cde",
    "es_ES": "Pedido",
}

# key: (name, ((percent, days after the invoice date), ...))
TERMS = {
    "14": ("14 days net", ((100, 14),)),
    "30": ("30 days net", ((100, 30),)),
    "45": ("45 days net", ((100, 45),)),
    "60": ("60 days net", ((100, 60),)),
    "2x": ("Two halves, 30 and 60 days", ((50, 30), (50, 60))),
    "3x": (
        "40% after 15 days, 30% after 45, 30% after 75",
        ((40, 15), (30, 45), (30, 75)),
    ),
}
