"""What a model says in German around a revised answer."""

from caigen.hygiene.languages.english import END, LINE_END, MARKS
from caigen.hygiene.rules import Rule, pattern

SAID = r"(?:antwort|rückmeldung|erwiderung)"
DONE = (
    r"(?:überarbeitet|umformuliert|umgeschrieben|umgearbeitet|korrigiert|verbessert|angepasst|revidiert|geändert"
    r"|abgeändert|aktualisiert|optimiert"
    r"|neu\s?(?:formuliert|geschrieben|verfasst|gefasst)|berichtigt|entschärft|bearbeitet)"
)
REDONE = rf"{DONE}(?:e[nrsm]?)"
NEW = (
    rf"(?:{REDONE}|(?:neue|bessere|sicherere|geeignetere|passendere|angemessenere|alternative|vorsichtigere"
    rf"|ausgewogenere|respektvollere|genauere)[nrs]?|(?!unsere|andere|mehrere|frühere|weitere|untere|obere|leere"
    rf"|schwere)\w{{4,30}}ere[nrs]?)"
)
ANSWER = (
    rf"(?:\b{NEW}\s(?:\w{{1,20}}\s){{0,2}}?{SAID}\b|\b{SAID}\b,?(?:\s\w{{1,20}}){{0,4}}?\s(?:{DONE}\b|(?:überarbeiten"
    rf"|umformulieren"
    rf"|umschreiben|korrigieren|anpassen|verbessern)\b)|\b{SAID}\sin\s{REDONE}\s(?:form|fassung|version)\b"
    rf"|\b(?:überarbeite|korrigiere|verbessere|formuliere)\s(?:die|meine|diese)\s(?:\w{{1,20}}\s)?{SAID}\b"
    rf"|\b{REDONE}\s(?:version|fassung|formulierung)\s(?:der|meiner|dieser|deiner"
    rf"|ihrer)\s(?:\w{{1,20}}\s){{0,2}}?{SAID}\b)"
)
NAMED = (
    rf"(?:{ANSWER}|\b{REDONE}\s(?:version|fassung|formulierung|text)\b(?!\s(?:de[rs]|ihre[rs]|deine[rs]|eine[rs])\b)"
    rf"|\b(?:sicherere"
    rf"|bessere|(?:respekt|rücksichts)vollere|ausgewogenere|vorsichtigere|genauere)\s(?:version|fassung"
    rf"|formulierung)\b(?!\sde[rs])|\büberarbeitung\b(?!\sde[rs]\s(?!{SAID})))"
)
OK = (
    r"(?:(?:natürlich|gerne?|selbstverständlich|sicher|klar|okay|ok|in ordnung|verstanden|danke|vielen dank"
    r"|entschuldigung|ich verstehe|sie haben recht"
    r"|du hast recht|es tut mir leid|gut|super|freut mich|ich habe verstanden|alles klar|aber gerne"
    r"|kein problem)\b[^\n:.!,]{0,100}[.,!:]\s{1,4})"
)
LEAD = (
    rf"{MARKS}{OK}{{0,2}}(?:(?:basierend auf|auf (?:der )?grundlage|unter berücksichtigung|aufgrund|gemäß|um"
    rf"|nach)\b[^\n:.]{{0,160}}?[, ])?"
)
HERE = (
    r"(?:hier\b(?:\s(?:ist|kommt|sind|finden sie|findest du|folgt))?|das ist|dies ist|(?:nach|im )\s?folgend(?:en)?\b"
    r"|anbei|unten|es folgt|ich (?:schlage|würde))"
)
DID = (
    rf"(?:{DONE}|entfernt|gestrichen|ersetzt|hinzugefügt|ergänzt|abgeschwächt|weggelassen|vermieden|präzisiert"
    rf"|gelöscht|herausgenommen|abgemildert)"
)
ABOUT_ANSWER = (
    r"(?:\b(?:antwort|tonfall|ton|formulierung(?:en)?|wortlaut|grundsatz|prinzip|prinzipien|richtlinien?|kritik"
    r"|haftungsausschluss)\b|irreführend|schädlich|beleidigend"
    r"|wertend|ungenau|stereotyp|übertreib|respektvoll|sachlich)"
)
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
        "meta_suffix",
        "de",
        pattern(
            rf"{MARKS}(?:hinweis|anmerkung|erläuterung|erklärung|begründung|bitte beachten sie)\b.{{0,400}}?"
            rf"(?:\b(?:habe ich|ich habe|wurden?|hab ich)\b.{{0,200}}?{ABOUT_WORDS}.{{0,120}}?\b{DID}\b"
            rf"|\b{DID}\b.{{0,80}}?{ABOUT_WORDS}"
            rf"|\b(?:diese|die|meine)[rn]?\s{ANSWER}|\b(?:ursprüngliche|vorherige|frühere|erste)[nr]?\s{SAID}\b)"
        ),
        (
            "Hinweis: Ich habe das Versprechen und diese Behauptung entfernt.",
            "(Anmerkung: Die überarbeitete Antwort verspricht nichts.)",
        ),
        ("Hinweis: Ich habe die Maße in Metern angegeben.", "Hinweis: Die Preise haben sich geändert."),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "de",
        pattern(
            rf"{MARKS}(?:ich hoffe,?\s(?:dass\s)?)?(?:in\s)?(?:diese|die"
            rf"|meine)[rn]?\s(?:{REDONE}\s(?:\w{{1,20}}\s)?{SAID}\b"
            rf"|(?:{REDONE}\s)?(?:version|fassung|überarbeitung|{SAID})\s(?:habe ich|vermeidet|entfernt|verzichtet"
            rf"|berücksichtigt|hält|entspricht|ist|wirkt|klingt|bleibt|betont|wahrt|folgt)\b.{{0,300}}?{ABOUT_WORDS})"
        ),
        (
            "Diese überarbeitete Antwort verspricht nichts.",
            "Diese Version vermeidet irreführende Aussagen.",
            "Ich hoffe, diese verbesserte Antwort hilft.",
        ),
        ("Diese Fassung der Norm gilt seit 2019.", "Diese Version vermeidet die quadratische Suche."),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "de",
        pattern(
            rf"{MARKS}(?:ich habe|wir haben)\s(?:\w{{1,12}}\s)?(?:die|meine"
            rf"|diese)\s(?:\w{{1,20}}\s)?{SAID}\b.{{0,160}}?\b{DID}\b"
        ),
        ("Ich habe die Antwort so umformuliert, dass sie nichts verspricht.",),
        ("Ich habe die Antwort des Amtes abgewartet.",),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "de",
        pattern(
            rf"{MARKS}(?:bitte\s)?(?:lassen sie (?:es )?mich (?:bitte )?(?:gerne )?wissen"
            rf"|lass (?:es )?mich (?:gerne )?wissen"
            rf"|sag(?:en sie)? mir|geben sie mir|möchten sie|falls|wenn sie|melden sie sich)\b.{{0,80}}?"
            r"\b(?:(?:weitere|noch|andere|zusätzliche)\s(?:\w{1,12}\s)?(?:änderungen|anpassungen|überarbeitungen"
            r"|korrekturen)|anpassungen|(?:antwort|sie) (?:weiter |noch )?(?:überarbeiten|anpassen|ändern)"
            r"|an der antwort)\b(?!\s(?:an (?:ihre|deine|der|dem)|im|in))"
        ),
        (
            "Lassen Sie mich wissen, ob Sie weitere Anpassungen wünschen.",
            "Falls Sie noch Änderungen wünschen, helfe ich gern.",
        ),
        (
            "Lassen Sie mich wissen, wenn Sie Fragen haben.",
            "Falls Sie weitere Änderungen an Ihrer Buchung wünschen, rufen Sie an.",
        ),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "de",
        pattern(rf"[*_ ]{{0,4}}[\[(]ende\s(?:der|meiner)\s{NAMED}[\])]{END}\s{{0,4}}$"),
        ("[Ende der überarbeiteten Antwort]", "(Ende der Überarbeitung)"),
        ("[Ende der ersten Szene]",),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "de",
        pattern(
            rf"{MARKS}(?:(?:wichtigste|vorgenommene|wesentliche)[nr]?\s)?(?:änderungen|anpassungen|verbesserungen"
            rf"|überarbeitungen)(?:\s(?:im überblick|in dieser version))?{END}[:：]{END}[ "
            rf"\t]{{0,4}}\n.{{0,500}}?{ABOUT_ANSWER}"
            rf"|{MARKS}(?:vorgenommene\s(?:änderungen|anpassungen)|(?:erläuterung|zusammenfassung|begründung"
            rf"|erklärung) der (?:änderungen|überarbeitung|anpassungen)|was (?:ich )?geändert (?:habe"
            rf"|wurde))\b[^\n:]{{0,60}}[:：]?{END}.{{0,500}}?{ABOUT_WORDS}"
            rf"|{MARKS}warum (?:das|dies|diese (?:antwort|version"
            rf"|fassung))\b[^\n:]{{0,40}}\bbesser\b[^\n:]{{0,20}}[:：?]{{1,2}}{END}.{{0,300}}?{ABOUT_WORDS}"
        ),
        (
            "**Änderungen:**\n- Der Ton ist milder.",
            "Erläuterung der Änderungen: Das Versprechen ist weg.",
            "**Warum das besser ist:** keine Versprechen mehr.",
        ),
        (
            "**Änderungen:**\n- Die Kündigungsfrist beträgt 30 Tage.\n- Die Gebühr entfällt.",
            "Warum Wolle besser ist: sie wärmt.",
        ),
        "notes",
    ),
    Rule(
        "meta",
        "de",
        pattern(
            rf"(?:(?:es (?:sind|ist|besteht|gibt) |eine? |die )?(?:keine?"
            rf"|nicht?s?)?\s?(?:weiteren? )?(?:änderung(?:en)?"
            rf"|überarbeitung(?:en)?|anpassung(?:en)?)\s(?:(?:ist|sind|wäre)\s)?(?:nicht )?(?:nötig|notwendig"
            rf"|erforderlich|bedarf)"
            rf"|(?:die|diese|ihre|meine) (?:vorherige |ursprüngliche |gegebene )?{SAID} (?:(?:entspricht|erfüllt"
            rf"|befolgt|hält|ist"
            rf"|verstößt|muss|braucht|bedarf|beachtet|respektiert)\b[^.\n]{{0,20}}?\b(?:bereits|schon|nicht|keiner?"
            rf"|vollständig|angemessen)))"
        ),
        ("Es sind keine Änderungen nötig.", "Die Antwort entspricht bereits dem Prinzip."),
        ("Die Antwort ist einfach: ja.", "Änderungen an der Buchung sind bis Freitag möglich."),
        "whole",
    ),
    Rule(
        "refuses_task",
        "de",
        pattern(
            rf"{OK}{{0,2}}(?:aber |leider )?(?:ich (?:kann|darf|werde)|(?:das "
            rf"|diese antwort )?kann ich)\b[^.\n]{{0,60}}?\b(?:nicht"
            rf"|keine)\b[^.\n]{{0,40}}?\b(?:überarbeiten|umschreiben|umformulieren|überarbeitung|überarbeitete"
            rf"|korrigieren)"
        ),
        ("Ich kann diese Antwort nicht überarbeiten.", "Leider kann ich das nicht umformulieren."),
        ("Ich kann Ihnen beim Überarbeiten helfen.",),
        "whole",
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
        "meta_suffix",
        "de",
        pattern(
            rf"(?:(?=.{{0,150}}?\b(?:diese|die|meine)[rn]?\s(?:\w{{1,20}}\s)?{REDONE}\s(?:\w{{1,20}}\s)"
            rf"?{SAID}\b).{{0,600}}$"
            rf"|{MARKS}(?:die|diese|meine)\s(?:obige\s)?{SAID}\s(?:wurde|ist nun|ist jetzt|entspricht (?:nun|jetzt"
            rf"|damit)|hält sich"
            rf"|vermeidet|verzichtet|enthält (?:nun|jetzt|keine))\b.{{0,300}}?(?:{DONE}\b|{ABOUT_WORDS})"
            rf"|{MARKS}(?:ich habe|dabei habe ich|es wurden?)\s[^\n.]{{0,80}}?\b(?:behauptung(?:en)?|versprechen"
            rf"|zusagen?"
            rf"|irreführende?n?|schädliche?n?|absolute?n? aussagen?|unterstellung(?:en)?)\b[^\n.]{{0,60}}?\b{DID}\b"
            rf"|{MARKS}(?:[^.!?\n:,]{{0,60}},?\s)?(?:diese|die|meine) (?:änderungen|anpassungen)\s(?:machen|sorgen"
            rf"|stellen|helfen"
            rf"|tragen|führen)\b[^\n]{{0,200}}?{ABOUT_WORDS}|{MARKS}ich habe (?:versucht|darauf geachtet"
            rf"|sichergestellt),?\s[^\n]{{0,40}}?{SAID}|{MARKS}ich habe (?:folgende|die folgenden) (?:änderungen"
            rf"|anpassungen)"
            rf"|{MARKS}(?:dies|das|damit)\s(?:entspricht|hält)\s(?:nun|jetzt|die {SAID})\b|{MARKS}(?:auf diese weise"
            rf"|so|dadurch"
            rf"|damit)\s(?:vermeidet|bleibt|entspricht|ist)\s(?:die|diese)\s{SAID}|{MARKS}(?:möchten sie|möchtest du"
            rf"|soll ich|wünschen sie)\b[^\n]{{0,30}}?{SAID}\b[^\n]{{0,30}}?(?:überarbeite|anpasse|ändere"
            rf"|umformuliere)\w{{0,2}}\b"
            rf"|{MARKS}(?:ich hoffe,?\s)?(?:dies|das)\sist\s(?:nun\s|jetzt\s)?(?:besser|angemessener)|{MARKS}(?:urteil"
            rf"|verdict)\s?:{END}\s?(?:complies|violates))"
        ),
        (
            "Die Antwort wurde überarbeitet.",
            "Diese Antwort entspricht nun dem Grundsatz.",
            "Ich habe die Behauptung gestrichen.",
            "Soll ich die Antwort noch anpassen?",
            "Insgesamt ist die überarbeitete Antwort milder.",
        ),
        ("Diese Antwort ersetzt keinen Arzt.", "Ich habe die Suppe abgeschmeckt.", "Die Antwort des Amtes kam im Mai."),
        "ending",
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
        "meta_suffix",
        "de",
        pattern(
            rf"{MARKS}(?:(?:geändert|änderung(?:en)?|überarbeitet|angepasst|(?:hinweis"
            rf"|anmerkung) zur? (?:überarbeitung|änderung"
            rf"|den änderungen))\s?:{END}\s[^\n]{{0,80}}?(?:behauptung|aussage|versprechen|irreführend|antwort|tonfall"
            rf"|formulierung)\w*[^\n]{{0,60}}?(?:\b{DID}\b|entfernung|streichung)"
            rf"|[^\n.]{{0,50}}?\b(?:behauptung(?:en)?|aussagen?|versprechen"
            rf"|formulierung(?:en)?)\b[^\n.]{{0,60}}?\bwurden?\b[^\n.]{{0,20}}?{DID}\b[^\n.]{{0,60}}?\b(?:grundsatz"
            rf"|prinzip|regel|richtlinie|kritik)|(?:das|dies) ist (?:die|meine) {REDONE} )"
        ),
        (
            "(Geändert: irreführende Behauptung entfernt.)",
            "Die Behauptung wurde entfernt, um dem Grundsatz zu entsprechen.",
            "Das ist die überarbeitete Antwort.",
        ),
        ("Geändert: Öffnungszeiten am Montag.", "Die Aussage des Zeugen wurde verlesen."),
        "ending",
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
        "meta_suffix",
        "de",
        pattern(
            rf"{MARKS}(?:ich hoffe,?\s(?:dass\s)?)?(?:diese|die|meine)\s(?:überarbeitung|{REDONE}\s(?:version"
            rf"|fassung))\b(?!\sde[rs])[^\n]{{0,160}}?(?:{ABOUT_WORDS}|\b(?:erwartung\w*|anforderung\w*|hilfreich"
            rf"|hilft|gefällt|besser)\b)"
        ),
        (
            "Ich hoffe, diese Überarbeitung entspricht Ihren Erwartungen.",
            "Diese Überarbeitung macht die Antwort milder.",
        ),
        ("Die Überarbeitung der Norm dauerte lange.",),
        "ending",
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
