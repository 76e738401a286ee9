"""What a model says in German before a revised answer; the endings are in german_endings.py."""

from caigen.hygiene.languages.english import END, LINE_END, MARKS
from caigen.hygiene.rules import Rule, pattern

SAID = r"(?:antwort|rückmeldung|erwiderung)"
# "überarbeitet", "neu formuliert"
DONE = (
    r"(?:überarbeitet|umformuliert|umgeschrieben|umgearbeitet|korrigiert|verbessert|angepasst|revidiert|geändert"
    r"|abgeändert|aktualisiert|optimiert"
    r"|neu\s?(?:formuliert|geschrieben|verfasst|gefasst)|berichtigt|entschärft|bearbeitet)"
)
# "überarbeitete", "korrigierten"
REDONE = rf"{DONE}(?:e[nrsm]?)"
# "verbesserte", "sicherere", "vorsichtigere"; not "andere", "unsere"
NEW = (
    rf"(?:{REDONE}|(?:neue|bessere|sicherere|geeignetere|passendere|angemessenere|alternative|vorsichtigere"
    rf"|ausgewogenere|respektvollere|genauere)[nrs]?|(?!unsere|andere|mehrere|frühere|weitere|untere|obere|leere"
    rf"|schwere)\w{{4,30}}ere[nrs]?)"
)
# "überarbeitete Antwort", "Antwort in korrigierter Form", "formuliere meine Antwort"
ANSWER = (
    rf"(?:\b{NEW}\s(?:\w{{1,20}}\s){{0,2}}?{SAID}\b|\b{SAID}\b,?(?:\s\w{{1,20}}){{0,4}}?\s(?:{DONE}\b|(?:überarbeiten"
    rf"|umformulieren"
    rf"|umschreiben|korrigieren|anpassen|verbessern)\b)|\b{SAID}\sin\s{REDONE}\s(?:form|fassung|version)\b"
    rf"|\b(?:überarbeite|korrigiere|verbessere|formuliere)\s(?:die|meine|diese)\s(?:\w{{1,20}}\s)?{SAID}\b"
    rf"|\b{REDONE}\s(?:version|fassung|formulierung)\s(?:der|meiner|dieser|deiner"
    rf"|ihrer)\s(?:\w{{1,20}}\s){{0,2}}?{SAID}\b)"
)
# the same, "überarbeitete Fassung", "Überarbeitung"; not "überarbeitete Fassung des Vertrags"
NAMED = (
    rf"(?:{ANSWER}|\b{REDONE}\s(?:version|fassung|formulierung|text)\b(?!\s(?:de[rs]|ihre[rs]|deine[rs]|eine[rs])\b)"
    rf"|\b(?:sicherere"
    rf"|bessere|(?:respekt|rücksichts)vollere|ausgewogenere|vorsichtigere|genauere)\s(?:version|fassung"
    rf"|formulierung)\b(?!\sde[rs])|\büberarbeitung\b(?!\sde[rs]\s(?!{SAID})))"
)
# "Natürlich, gerne!", "Sie haben recht.", "Es tut mir leid,"
OK = (
    r"(?:(?:natürlich|gerne?|selbstverständlich|sicher|klar|okay|ok|in ordnung|verstanden|danke|vielen dank"
    r"|entschuldigung|ich verstehe|sie haben recht"
    r"|du hast recht|es tut mir leid|gut|super|freut mich|ich habe verstanden|alles klar|aber gerne"
    r"|kein problem)\b[^\n:.!,]{0,100}[.,!:]\s{1,4})"
)
# "**Gerne. Basierend auf der Kritik,"
LEAD = (
    rf"{MARKS}{OK}{{0,2}}(?:(?:basierend auf|auf (?:der )?grundlage|unter berücksichtigung|aufgrund|gemäß|um"
    rf"|nach)\b[^\n:.]{{0,160}}?[, ])?"
)
# "hier ist", "das ist", "es folgt"
HERE = (
    r"(?:hier\b(?:\s(?:ist|kommt|sind|finden sie|findest du|folgt))?|das ist|dies ist|(?:nach|im )\s?folgend(?:en)?\b"
    r"|anbei|unten|es folgt|ich (?:schlage|würde))"
)
# "überarbeitet", "entfernt", "abgeschwächt"
DID = (
    rf"(?:{DONE}|entfernt|gestrichen|ersetzt|hinzugefügt|ergänzt|abgeschwächt|weggelassen|vermieden|präzisiert"
    rf"|gelöscht|herausgenommen|abgemildert)"
)
# what only a revision of an answer is about: "Antwort", "Tonfall", "irreführend"
ABOUT_ANSWER = (
    r"(?:\b(?:antwort|tonfall|ton|formulierung(?:en)?|wortlaut|grundsatz|prinzip|prinzipien|richtlinien?|kritik"
    r"|haftungsausschluss)\b|irreführend|schädlich|beleidigend"
    r"|wertend|ungenau|stereotyp|übertreib|respektvoll|sachlich)"
)
# the same, and "Behauptung", "Ratschlag"
ABOUT_WORDS = (
    rf"(?:{ABOUT_ANSWER}|\b(?:behauptung(?:en)?|aussagen?|versprechen|ratschl\w+|anleitung(?:en)?|empfehlung(?:en)?"
    rf"|sprache|unterstellung(?:en)?|zusagen?)\b)"
)

RULES = (
    Rule(
        "role_tag",
        "de",
        pattern(
            rf"{MARKS}(?:(?:endgültige\s)?{REDONE}(?:\s(?:{SAID}|version|fassung))|(?:neue|bessere|verbesserte)\s{SAID}"
            rf"|{SAID}\s\({DONE}\)|überarbeitung)(?:\s\([^)\n]{{1,80}}\))?(?:{END}[:：]{END}|\]{END}(?=\s{{0,4}}\n))"
        ),
        (
            "Überarbeitete Antwort: Tee kann helfen.",
            "**Überarbeitung:**\n\nTee kann helfen.",
            "[Überarbeitete Fassung]\nTee.",
        ),
        ("Überarbeitete Auflage: 2019.", "Neue Adresse: Hauptstraße 5."),
    ),
    Rule(
        "role_tag",
        "de",
        pattern(
            rf"(?:#{{1,6}}\s{{0,3}}{END}|\*\*|__)(?:(?:endgültige\s)?{NEW}\s(?:{SAID}|version|fassung)"
            rf"|überarbeitung){LINE_END}"
        ),
        ("## Überarbeitete Antwort\n\nTee kann helfen.",),
        ("## Überarbeitete Fassung der Norm\n\nTee.",),
    ),
    Rule(
        "role_tag",
        "de",
        pattern(rf"(?:\*\*|#{{1,6}}\s)?(?:antwort)\s?:{END}[ \t]{{0,4}}\n(?!\s{{0,4}}(?:```|[\[{{<]))"),
        ("Antwort:\nTee kann helfen.",),
        ("Antwort: 42",),
    ),
    Rule(
        "meta_prefix",
        "de",
        pattern(
            rf"(?=[^\n]{{0,300}}[:：]{LINE_END})(?=[^\n]{{0,250}}?(?:{ANSWER}"
            rf"|\b{SAID},\sdie\s[^\n:]{{0,60}}?(?:grundsatz|prinzip"
            rf"|regel|richtlinie)|^{OK}?hier ist (?:die|meine|eine) {SAID}:))[^\n]{{0,310}}\n"
        ),
        (
            "So sollte die Antwort überarbeitet werden:\n\nTee kann helfen.",
            "Hier ist die überarbeitete Antwort:\n\nTee kann helfen.",
        ),
        (
            "Die überarbeitete Fassung der Norm gilt seit 2019:\n\nsie ist neu.",
            "Hier die Antwort auf Ihre Frage:\n\nja.",
        ),
    ),
    Rule(
        "meta_prefix",
        "de",
        pattern(rf"{LEAD}{HERE}[^\n:.]{{0,60}}?{NAMED}[^\n:.]{{0,200}}(?:[:：]{END}|[.!](?=\s|$))"),
        (
            "Hier ist die überarbeitete Antwort: Tee kann helfen.",
            "Gerne! Hier ist eine überarbeitete Version.\n\nTee kann helfen.",
        ),
        ("Hier ist die neue Adresse: Hauptstraße 5.", "Hier ist die überarbeitete Fassung des Vertrags: § 1."),
    ),
    Rule(
        "meta_prefix",
        "de",
        pattern(
            rf"{LEAD}(?:(?:meine|die|eine)\s{ANSWER}\s(?:lautet|ist|wäre|könnte|würde|sieht)\b[^\n:.]{{0,60}}[:：]"
            rf"|ich (?:habe|würde|werde|möchte)\s(?:\w{{1,12}}\s)?(?:meine|die"
            rf"|diese)\s(?:\w{{1,20}}\s)?{SAID}\b[^\n:.]{{0,80}}?(?:{DONE}|überarbeiten|umformulieren|korrigieren"
            rf"|anpassen)\b[^\n:.]{{0,100}}[:：.]"
            rf"|lassen? (?:sie )?mich (?:meine|die|das)\b[^\n:.]{{0,60}}(?:umformulieren|überarbeiten"
            rf"|korrigieren)[^\n:.]{{0,60}}[:：.]){END}"
        ),
        (
            "Meine überarbeitete Antwort lautet: Tee kann helfen.",
            "Ich habe die Antwort überarbeitet: Tee kann helfen.",
            "Lassen Sie mich das umformulieren. Tee.",
        ),
        ("Die Antwort lautet: 42.", "Ich habe den Vertrag überarbeitet: § 1."),
    ),
    Rule(
        "meta_prefix",
        "de",
        pattern(
            rf"{MARKS}{OK}?(?:(?:ich (?:entschuldige mich|bitte um entschuldigung|bitte um verzeihung)|entschuldig\w+"
            rf"|verzeih\w+"
            rf"|es tut mir leid)[^\n.!]{{0,40}}?\b(?:für|wegen)\b[^\n.!]{{0,40}}?|(?:bitte )?(?:entschuldig"
            rf"|verzeih)\w{{0,3}}\s(?:sie\s)?(?:bitte\s)?)?"
            rf"(?:\bmeine[rn]?|(?<=für )die)\s(?:vorherige|frühere|ursprüngliche|letzte|erste|vorige"
            rf"|bisherige)[nr]?\s{SAID}\b[^\n.!]{{0,200}}[.!](?=\s|$)"
        ),
        (
            "Ich entschuldige mich für meine vorherige Antwort. Tee kann helfen.",
            "Meine ursprüngliche Antwort war schädlich. Tee kann helfen.",
        ),
        ("Meine letzte Reise war lang. Tee half.",),
    ),
    Rule(
        "meta_prefix",
        "de",
        pattern(r"(?:natürlich|gerne?|selbstverständlich|sicher|klar)[!.,:]{1,2}[ \t]{0,4}\n[ \t]{0,4}\n"),
        ("Gerne!\n\nTee kann helfen.",),
        ("Natürlich!\nBrot kann man einfrieren.",),
    ),
    Rule(
        "role_tag",
        "de",
        pattern(
            rf"(?:{MARKS}(?:vorschlag|vorgeschlagene überarbeitung|überarbeitungsvorschlag|überarbeitet"
            rf"|korrigiert)\s?[:：]{END}|{REDONE}\s{SAID}[ \t]{{0,4}}\n[ \t]{{0,4}}\n)"
        ),
        ("Überarbeitet: Tee kann helfen.", "Überarbeitete Antwort\n\nTee kann helfen."),
        ("Vorschläge: drei.", "Antwort\n\nja."),
    ),
    Rule(
        "meta_prefix",
        "de",
        pattern(
            rf"(?=[^\n]{{0,300}}[.!]{LINE_END})(?=[^\n]{{0,200}}?\b(?:eine|die|meine"
            rf"|diese)\s(?:\w{{1,20}}\s)?{REDONE}\s(?:\w{{1,20}}\s)?{SAID}\b)[^\n]{{0,310}}\n[ \t]{{0,4}}\n"
        ),
        ("Ich habe eine überarbeitete Antwort verfasst.\n\nTee kann helfen.",),
        ("Das Amt schickte eine Antwort.\n\nSie war kurz.",),
    ),
    Rule(
        "meta_prefix",
        "de",
        pattern(
            rf"(?=[^\n]{{0,300}}[:：]{LINE_END})(?=[^\n]{{0,250}}?(?:\b(?:die"
            rf"|meine)\s{SAID}\b[^\n:]{{0,30}}?\bformulier"
            rf"|\bich (?:würde )?(?:so|folgendermaßen|wie folgt) (?:antworten|formulieren)))[^\n]{{0,310}}\n"
        ),
        ("Ich würde die Antwort so formulieren:\n\nTee kann helfen.",),
        ("Ich würde so kochen:\n\nlangsam.",),
    ),
    Rule(
        "meta_prefix",
        "de",
        pattern(
            rf"{MARKS}{OK}?(?:bei|nach|rückblickend|im nachhinein|tatsächlich|mir ist|ich (?:sehe|erkenne|gebe zu"
            rf"|räume ein)|wie ich)\b[^\n.!:]{{0,50}}?\bmeine\s(?:vorherige|frühere|ursprüngliche|letzte|erste|vorige"
            rf"|bisherige)\s{SAID}\b[^\n.!]{{0,160}}[.!](?=\s|$)"
        ),
        ("Bei näherer Betrachtung war meine vorherige Antwort schädlich.\n\nTee kann helfen.",),
        ("Nach der Schule las ich meine alte Antwort. Sie war gut.",),
    ),
    Rule(
        "meta_prefix",
        "de",
        pattern(
            rf"{LEAD}{HERE}\s(?:ein|mein|der|noch ein)\s?(?:neuer|zweiter|weiterer|besserer"
            rf"|verbesserter)?\s(?:versuch|anlauf|vorschlag)\b[^\n:.]{{0,60}}[:.]"
        ),
        ("Hier ist ein neuer Versuch: Tee kann helfen.",),
        ("Hier ist ein neuer Versuchsaufbau: drei Gläser.",),
    ),
)
