"""What a model says in French around a revised answer."""

from caigen.hygiene.languages.english import END, LINE_END, MARKS
from caigen.hygiene.rules import Rule, pattern

SAID = r"(?:réponse|réplique)"
DONE = (
    r"(?:révisé|réécrit|reformulé|corrigé|modifié|amélioré|ajusté|adapté|remanié|retravaillé|actualisé|mis à jour"
    r"|mise à jour|rectifié|nuancé|revu|repris|éditée?)"
)
REDONE = rf"{DONE}e?s?"
BETTER = r"(?:nouvelle|meilleure|autre)"
MORE = r"(?:plus\s\w{1,20}(?:\set\s(?:plus\s)?\w{1,20})?)"
ANSWER = (
    rf"(?:\b{SAID}\b,?(?:\s(?!(?:à|aux?|de|du|des)\b)\w{{1,20}}){{0,3}}?\s(?:{REDONE}|{MORE})\b"
    rf"|\b{BETTER}\s{SAID}\b(?!\s(?:à|aux?|de|du))"
    rf"|\bversion\s(?:{REDONE}|{MORE})\s(?:de\s)(?:la|ma|cette|votre|l['’]ancienne)\s(?:\w{{1,20}}\s)?{SAID}\b)"
)
NAMED = (
    rf"(?:{ANSWER}|\b(?:version|formulation|rédaction"
    rf"|texte)\s{REDONE}\b(?!\s(?:de|du|des)\s(?!(?:la|ma|cette)\s(?:\w{{1,20}}\s)?{SAID}))"
    rf"|\breformulation\b(?!\s(?:de|du)\s(?!(?:la|ma)\s{SAID}))|\bréécriture\b)"
)
OK = (
    r"(?:(?:bien sûr|certainement|d['’]accord|très bien|absolument|avec plaisir|merci|entendu|ok|okay|compris"
    r"|je comprends|je m['’]excuse|je suis désolée?|désolée?"
    r"|vous avez (?:tout à fait )?raison|tu as raison|bien entendu|parfait|volontiers|pas de problème|avec joie"
    r"|excellent|pardon|excusez-moi|toutes mes excuses|je serais ravie?)\b[^\n:.!,]{0,100}\s?[.,!:]\s{1,4})"
)
LEAD = (
    rf"{MARKS}{OK}{{0,2}}(?:(?:sur la base|compte tenu|suite à|en (?:tenant|réponse|suivant|prenant)|conformément"
    rf"|pour|afin d|après|selon|d['’]après)[^\n:.]{{0,160}}?,\s)?"
)
HERE = r"(?:voici|voilà|ci-dessous|ci-après|je (?:vous |te )?(?:propose|suggère|présente)|c['’]est)"
DID = (
    r"(?:révisé|réécrit|reformulé|corrigé|modifié|amélioré|ajusté|adapté|remanié|supprimé|retiré|enlevé|remplacé"
    r"|ajouté|évité|atténué|changé|retouché|adouci|nuancé|précisé|éliminé|omis|clarifié)"
)
ABOUT_ANSWER = (
    r"(?:\b(?:réponses?|ton|formulations?|tournures?|principes?|consignes?|critique|avertissement)\b|trompeu|nuisible"
    r"|offensant|inexact|stéréotyp|exagér|jugement|nuance|prudent|respectueu)"
)
ABOUT_WORDS = (
    rf"(?:{ABOUT_ANSWER}|\b(?:affirmations?|promesses?|propos|conseils?|déclarations?|garanties?|langage"
    rf"|instructions?|suggestions?|mentions?|allégations?)\b)"
)

EDITS = (
    rf"\b(?:(?:révis|reformul|corrig|modifi|amélior|ajust|adapt|nuanc)\w{{1,6}}|réécri\w{{1,6}}|réviser?|reformuler?"
    rf"|réécrire|corriger?|modifier?|améliorer?|reprendre|{DID})\s(?:la|ma|cette)\s(?:\w{{1,20}}\s)?{SAID}\b"
)

RULES = (
    Rule(
        "role_tag",
        "fr",
        pattern(
            rf"{MARKS}(?:(?:{SAID}|version|texte)\s(?:finale?\s)?{REDONE}|{BETTER}\s{SAID}|{SAID}\s\({REDONE}\)"
            rf"|révision|reformulation)(?:\s\([^)\n]{{1,80}}\))?(?:{END}\s?[:：]{END}|\]{END}(?=\s{{0,4}}\n))"
        ),
        (
            "Réponse révisée : Le thé peut aider.",
            "**Version corrigée :**\n\nLe thé peut aider.",
            "[Réponse révisée]\nLe thé.",
        ),
        ("Révisions de mathématiques : demain.", "Réponse : oui.", "Version française : Anne Dupont."),
    ),
    Rule(
        "role_tag",
        "fr",
        pattern(
            rf"(?:#{{1,6}}\s{{0,3}}{END}|\*\*|__)(?:(?:{SAID}|version)\s(?:{REDONE}|{MORE})|{BETTER}\s{SAID}"
            rf"|révision){LINE_END}"
        ),
        ("## Réponse révisée\n\nLe thé peut aider.",),
        ("## Version révisée du code\n\nLe thé.",),
    ),
    Rule(
        "role_tag",
        "fr",
        pattern(rf"(?:\*\*|#{{1,6}}\s)?réponse\s?:{END}[ \t]{{0,4}}\n(?!\s{{0,4}}(?:```|[\[{{<]))"),
        ("Réponse :\nLe thé peut aider.",),
        ("Réponse : 42",),
    ),
    Rule(
        "meta_prefix",
        "fr",
        pattern(
            rf"(?=[^\n]{{0,300}}[:：]{LINE_END})(?=[^\n]{{0,250}}?(?:{ANSWER}|{EDITS}|\b{SAID}\s(?:qui\srespecte"
            rf"|conforme)|^{OK}?voici (?:la|ma|une) {SAID}\s?:))[^\n]{{0,310}}\n"
        ),
        (
            "Voici la réponse révisée :\n\nLe thé peut aider.",
            "La réponse devrait être reformulée ainsi :\n\nLe thé peut aider.",
        ),
        ("La version révisée du code est en vigueur :\n\nlisez-la.", "Voici la réponse à votre question :\n\noui."),
    ),
    Rule(
        "meta_prefix",
        "fr",
        pattern(rf"{LEAD}{HERE}[^\n:.]{{0,60}}?{NAMED}[^\n:.]{{0,200}}(?:[:：]{END}|[.!](?=\s|$))"),
        (
            "Voici la réponse révisée : Le thé peut aider.",
            "Bien sûr ! Voici une version révisée.\n\nLe thé peut aider.",
        ),
        ("Voici la recette : farine, eau, sel.", "Voici la version révisée de votre lettre : Chère Anne."),
    ),
    Rule(
        "meta_prefix",
        "fr",
        pattern(
            rf"{LEAD}(?:(?:ma|la|une)\s{ANSWER}\s(?:est|serait|pourrait|se lit)\b[^\n:.]{{0,60}}[:：]"
            rf"|(?:j['’]ai|je vais|je|permettez-moi de|laissez-moi)\s(?:\w{{1,12}}\s)?(?:{DID}|réviser|révise"
            rf"|reformuler|reformule|réécrire|corriger|corrige|modifier|reprendre)\s(?:la|ma|cette|cela"
            rf"|ça)\b\s?(?:\w{{1,20}}\s)?(?:{SAID})?[^\n:.]{{0,140}}[:：.]){END}"
        ),
        (
            "Ma réponse révisée est : Le thé peut aider.",
            "J'ai reformulé la réponse : Le thé peut aider.",
            "Permettez-moi de reformuler ma réponse. Le thé peut aider.",
        ),
        ("La réponse est : 42.", "J'ai corrigé votre lettre : Chère Anne."),
    ),
    Rule(
        "meta_prefix",
        "fr",
        pattern(
            rf"{MARKS}{OK}?(?:(?:je (?:m['’]excuse|vous prie de m['’]excuser|suis désolée?|vous présente mes excuses)"
            rf"|toutes mes excuses|désolée?|pardon|excusez-moi|veuillez m['’]excuser"
            rf"|mes excuses)[^\n.!]{{0,30}}?\bpour\b[^\n.!]{{0,40}}?)?"
            rf"(?:\bma|(?<=pour )la)\s(?:(?:précédente|première|dernière)\s{SAID}|{SAID}\s(?:précédente|initiale"
            rf"|antérieure|originale|d['’]origine))\b[^\n.!]{{0,200}}[.!](?=\s|$)"
        ),
        (
            "Je m'excuse pour ma précédente réponse. Le thé peut aider.",
            "Ma réponse initiale était nuisible. Le thé peut aider.",
        ),
        ("Ma première voiture était rouge. Elle roulait.",),
    ),
    Rule(
        "meta_prefix",
        "fr",
        pattern(r"(?:bien sûr|certainement|d['’]accord|avec plaisir|absolument)\s?[!.,:]{1,2}[ \t]{0,4}\n[ \t]{0,4}\n"),
        ("Bien sûr !\n\nLe thé peut aider.",),
        ("Bien sûr !\nLe pain se congèle.",),
    ),
    Rule(
        "meta_suffix",
        "fr",
        pattern(
            rf"{MARKS}(?:remarque|note|nota bene|explications?|justification|veuillez noter|commentaire)\b.{{0,400}}?"
            rf"(?:\b(?:j['’]ai|ai|a été|ont été)\b.{{0,20}}?\b{DID}.{{0,200}}?{ABOUT_WORDS}|\b(?:cette|la|ma)\s{ANSWER}"
            rf"|\b{SAID}\s(?:initiale|originale|précédente|d['’]origine)\b)"
        ),
        ("Remarque : j'ai supprimé la promesse.", "(Note : la réponse initiale promettait trop.)"),
        ("Remarque : les prix ont changé.", "Note : j'ai indiqué les mesures en mètres."),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "fr",
        pattern(
            rf"{MARKS}(?:j['’]espère que\s)?(?:dans\s)?(?:cette|la|ma)\s(?:(?:nouvelle\s)?{SAID}\s(?:{REDONE})\b"
            rf"|(?:nouvelle\s)?(?:version|révision|reformulation|{SAID})(?:\s{REDONE})?,?\s(?:j['’]ai|évite|supprime"
            rf"|respecte|reste|met|ne|est désormais|conserve|souligne|élimine|prend)\b.{{0,300}}?{ABOUT_WORDS})"
        ),
        (
            "Cette réponse révisée ne promet rien.",
            "Cette version évite toute affirmation trompeuse.",
            "J'espère que cette réponse corrigée vous aide.",
        ),
        ("Cette version du code s'applique à toute installation.", "Cette version évite la recherche quadratique."),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "fr",
        pattern(rf"{MARKS}j['’]ai\s(?:\w{{1,12}}\s)?{DID}\s(?:la|ma|cette)\s(?:\w{{1,20}}\s)?{SAID}\b"),
        ("J'ai reformulé la réponse pour qu'elle ne promette rien.",),
        ("J'ai corrigé votre lettre.",),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "fr",
        pattern(
            rf"{MARKS}(?:n['’]hésitez pas|n['’]hésite pas|dites-moi|dis-moi|faites-moi savoir|fais-moi savoir"
            rf"|souhaitez-vous|voulez-vous|si vous (?:souhaitez|voulez|avez besoin|désirez))\b.{{0,100}}?"
            r"(?:\b(?:d['’]autres|des|plus de)\s(?:modifications|ajustements|révisions|changements)\b"
            r"|\b(?:modifications"
            r"|ajustements|révisions)\ssupplémentaires|\bréviser (?:davantage|à nouveau))(?!\s(?:à|sur|de"
            r"|dans)\s(?:votre|vos|ton|ta|la réservation))"
        ),
        ("N'hésitez pas si vous voulez d'autres ajustements.", "Souhaitez-vous des modifications supplémentaires ?"),
        (
            "N'hésitez pas à me dire si vous avez des questions.",
            "Si vous souhaitez des modifications à votre réservation, appelez.",
        ),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "fr",
        pattern(rf"[*_ ]{{0,4}}[\[(]fin\s(?:de\s)(?:la|ma|l['’])\s?(?:{NAMED}|révision)[\])]{END}\s{{0,4}}$"),
        ("[Fin de la réponse révisée]", "(Fin de la révision)"),
        ("[Fin de la scène]",),
        "ending",
    ),
    Rule(
        "meta_suffix",
        "fr",
        pattern(
            rf"{MARKS}(?:(?:principales|principaux)\s)?(?:modifications|changements|améliorations"
            rf"|ajustements)(?:\sclés)?{END}\s?[:：]{END}[ \t]{{0,4}}\n.{{0,500}}?{ABOUT_ANSWER}"
            rf"|{MARKS}(?:(?:modifications|changements|améliorations)\s(?:apportée?s|effectuée?s)|(?:explication|résumé"
            rf"|justification)s? des? (?:modifications|changements|la révision)"
            rf"|ce qui a changé)\b[^\n:]{{0,60}}[:：]?{END}.{{0,500}}?{ABOUT_WORDS}"
            rf"|{MARKS}pourquoi (?:c['’]est|cette (?:réponse|version) est)\b[^\n:]{{0,40}}(?:mieux|meilleure"
            rf"|préférable)[^\n:]{{0,20}}[:：?]{{1,2}}{END}.{{0,300}}?{ABOUT_WORDS}"
        ),
        (
            "**Modifications :**\n- Le ton est plus doux.",
            "Explication des modifications : la promesse a disparu.",
            "**Pourquoi c'est mieux :** plus de promesse.",
        ),
        ("Modifications :\n- Le préavis passe à 30 jours.\n- Les frais sont plafonnés.",),
        "notes",
    ),
    Rule(
        "meta",
        "fr",
        pattern(
            rf"(?:(?:aucune?|il n['’]y a (?:aucune?|pas de|rien à)|pas de)\s?(?:modification|révision|changement"
            rf"|correction|modifier|réviser|changer)s?\b[^.\n]{{0,20}}?(?:nécessaires?|requise?s?|besoin|[.]|$)"
            rf"|(?:la|cette|votre|ma) {SAID} (?:précédente |initiale |donnée )?(?:respecte|est|suit|satisfait"
            rf"|ne)\b[^.\n]{{0,20}}?\b(?:déjà|pleinement|nécessite (?:pas|aucune)|enfreint pas|viole pas))"
        ),
        ("Aucune modification n'est nécessaire.", "La réponse respecte déjà le principe."),
        ("La réponse est simple : oui.", "Aucune modification de la réservation après vendredi, dit le guide"),
        "whole",
    ),
    Rule(
        "refuses_task",
        "fr",
        pattern(
            rf"{OK}{{0,2}}(?:mais )?je ne (?:peux|puis|suis|saurais|vais)\b[^.\n]{{0,50}}?\b(?:réviser|réécrire"
            rf"|reformuler|corriger|modifier)\s(?:la|cette|cela|ça|votre|ma|ce contenu|une)\b\s?(?:{SAID})?"
        ),
        ("Je ne peux pas réviser cette réponse.", "Désolé, mais je ne peux pas reformuler cela."),
        ("Je ne peux pas modifier le passé.",),
        "whole",
    ),
    Rule(
        "role_tag",
        "fr",
        pattern(
            rf"(?:{MARKS}(?:révision proposée|proposition de révision|révisée?|corrigée?)\s?[:：]{END}"
            rf"|{SAID}\s{REDONE}[ \t]{{0,4}}\n[ \t]{{0,4}}\n)"
        ),
        ("Révision proposée : Le thé peut aider.", "Réponse reformulée\n\nLe thé peut aider."),
        ("Propositions : trois.", "Réponse\n\noui."),
    ),
    Rule(
        "meta_prefix",
        "fr",
        pattern(
            rf"(?=[^\n]{{0,300}}[.!]{LINE_END})(?=[^\n]{{0,200}}?(?:\b(?:une|la|ma"
            rf"|cette)\s{SAID}\s(?:\w{{1,20}}\s)?{REDONE}\b"
            rf"|\bje\b[^\n.]{{0,30}}{EDITS}))[^\n]{{0,310}}\n[ \t]{{0,4}}\n"
        ),
        (
            "J'ai préparé une réponse révisée.\n\nLe thé peut aider.",
            "Je vais donc reformuler ma réponse.\n\nLe thé peut aider.",
        ),
        ("La mairie a envoyé une réponse.\n\nElle était courte.",),
    ),
    Rule(
        "meta_suffix",
        "fr",
        pattern(
            rf"(?:(?=.{{0,150}}?\b(?:cette|la|ma)\s{SAID}\s(?:\w{{1,20}}\s)?{REDONE}\b).{{0,600}}$"
            rf"|{MARKS}(?:la|cette|ma)\s{SAID}\s(?:ci-dessus\s)?(?:a été|est (?:désormais|maintenant)"
            rf"|respecte (?:désormais"
            rf"|maintenant)|évite|ne (?:contient|promet|fait) plus|s['’]abstient)\b.{{0,300}}?(?:{DONE}|{ABOUT_WORDS})"
            rf"|{MARKS}j['’]ai\s(?:\w{{1,12}}\s)?{DID}\s[^\n.]{{0,60}}?\b(?:affirmations?|promesses?|propos"
            rf"|trompeu\w+|nuisibles?|allégations?|jugements?)\b"
            rf"|{MARKS}(?:[^.!?\n:,]{{0,60}},\s)?(?:ces|les|mes) (?:modifications|changements"
            rf"|ajustements)\s(?:rendent|permettent"
            rf"|assurent|garantissent|visent|évitent)\b[^\n]{{0,200}}?{ABOUT_WORDS}|{MARKS}(?:j['’]ai (?:veillé"
            rf"|essayé|tenté|cherché|tâché)|je me suis assurée?"
            rf"|j['’]ai fait en sorte)\s[^\n]{{0,30}}?{SAID}|{MARKS}j['’]ai (?:apporté|effectué) (?:les"
            rf"|des) (?:modifications"
            rf"|changements)|{MARKS}(?:cela|ceci)\s(?:respecte|est)\s(?:désormais|maintenant|conforme)|{MARKS}(?:ainsi"
            rf"|de cette (?:façon|manière)),\s(?:la|cette)\s{SAID}\s|{MARKS}(?:souhaitez-vous|voulez-vous|veux-tu"
            rf"|dois-je)\b[^\n]{{0,40}}?(?:modifi|révis|reformul|ajust|corrig)\w{{1,4}}\b[^\n]{{0,30}}?{SAID}"
            rf"|{MARKS}(?:j['’]espère que\s)?(?:c['’]est|ceci est)\s(?:maintenant\s)?(?:mieux|plus approprié)"
            rf"|{MARKS}verdict\s?:{END}\s?(?:complies|violates|conforme))"
        ),
        (
            "La réponse a été reformulée.",
            "Cette réponse respecte désormais le principe.",
            "(J'ai retiré les propos nuisibles.)",
            "Dois-je encore modifier la réponse ?",
            "En somme, la réponse corrigée est plus douce.",
        ),
        (
            "Cette réponse ne remplace pas un médecin.",
            "J'ai retiré l'écharde.",
            "La réponse de la mairie est venue en mai.",
        ),
        "ending",
    ),
    Rule(
        "meta_prefix",
        "fr",
        pattern(
            rf"(?=[^\n]{{0,300}}[:：]{LINE_END})(?=[^\n]{{0,250}}?(?:\bma\s{SAID},?\s(?:revue|corrigée)"
            rf"|\bje (?:répondrais|dirais) (?:plutôt|ainsi)|\bversion de (?:la|ma) {SAID}\b))[^\n]{{0,310}}\n"
        ),
        ("Voici ma réponse, revue et corrigée :\n\nLe thé peut aider.", "Je dirais plutôt :\n\nLe thé peut aider."),
        ("Je dirais ceci :\n\noui.",),
    ),
    Rule(
        "meta_suffix",
        "fr",
        pattern(
            rf"{MARKS}(?:(?:modifi(?:é|cations?)|changements?|révisé|(?:note|remarque) sur (?:la révision"
            rf"|les modifications))\s?:{END}\s[^\n]{{0,80}}?(?:affirmation|promesse|propos|trompeu|réponse|ton\b"
            rf"|formulation)\w*[^\n]{{0,60}}?(?:{DID}|suppression)"
            rf"|[^\n.]{{0,50}}?\b(?:affirmations?|promesses?|propos|formulations?)\b[^\n.]{{0,60}}?\b(?:a"
            rf"|ont) été {DID}e?s?\b[^\n.]{{0,60}}?\b(?:principe|règle|consigne|critique)"
            rf"|(?:voilà|c['’]est) (?:la|ma) {SAID} {REDONE}\b)"
        ),
        (
            "(Modifié : affirmation trompeuse supprimée.)",
            "L'affirmation a été supprimée pour respecter le principe.",
            "Voilà la réponse révisée.",
        ),
        ("Modifié : horaires du lundi.", "La promesse a été tenue."),
        "ending",
    ),
    Rule(
        "meta_prefix",
        "fr",
        pattern(
            rf"{MARKS}(?:{OK})?(?:à la réflexion|après réflexion|réflexion faite|en y repensant|je (?:reconnais"
            rf"|réalise|constate"
            rf"|me rends compte)|en effet|effectivement)\b[^\n.!:]{{0,50}}?\bma\s(?:(?:précédente|première"
            rf"|dernière)\s{SAID}|{SAID}\s(?:précédente|initiale|antérieure|originale))\b[^\n.!]{{0,160}}[.!](?=\s|$)"
        ),
        ("À la réflexion, ma réponse précédente était nuisible.\n\nLe thé peut aider.",),
        ("À la réflexion, ma première idée était bonne. Gardons-la.",),
    ),
    Rule(
        "meta_suffix",
        "fr",
        pattern(
            rf"{MARKS}(?:j['’]espère que\s)?(?:cette|la|ma)\s(?:révision|reformulation|version {REDONE})\b(?!\s(?:de|du"
            rf"|des)\b)[^\n]{{0,160}}?(?:{ABOUT_WORDS}|\b(?:attentes|besoins|convien\w+|utile|mieux|meilleure)\b)"
        ),
        ("J'espère que cette révision répond à vos attentes.", "Cette révision rend la réponse plus douce."),
        ("La révision du code a pris du temps.",),
        "ending",
    ),
    Rule(
        "meta_prefix",
        "fr",
        pattern(
            rf"{LEAD}{HERE}\s(?:une|ma)\s(?:nouvelle|deuxième|seconde|autre|meilleure)\s(?:tentative"
            rf"|proposition)\b[^\n:.]{{0,60}}[:.]"
        ),
        ("Voici une nouvelle tentative : Le thé peut aider.",),
        ("Voici une nouvelle adresse : rue Haute.",),
    ),
)
