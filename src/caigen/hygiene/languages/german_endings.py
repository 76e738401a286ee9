"""What a model says in German after a revised answer, or instead of one."""

from caigen.hygiene.languages.english import END, MARKS
from caigen.hygiene.languages.german import ABOUT_ANSWER, ABOUT_WORDS, ANSWER, DID, DONE, NAMED, OK, REDONE, SAID
from caigen.hygiene.rules import Rule, pattern

RULES = (
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
)
