"""What a model says in French around a revised answer, by kinds of words."""

from caigen.hygiene.kinds.lexicon import Lexicon, kinds

_DONE = (
    r"(?:révisée?|revue?|corrigée?|réécrite?|reformulée?|modifiée?|améliorée?|ajustée?|remaniée?|rectifiée?|adaptée?|retravaillée?|reprise?|mise à jour"
    r"|nuancée?|actualisée?|remodelée?|retouchée?|amendée?|éditée?|adoucie?)s?"
)
_REDONE = rf"(?:{_DONE}|(?:nouvel(?:le)?|meilleure?|autre|finale|correction|reformulation|révision|alternative|plus \w{{4,20}}|moins \w{{4,20}}))"
_VERSION = r"(?:version|révision|réécriture|reformulation|mouture|tentative|proposition)(?!\s(?:de\s(?!(?:la|ma|cette|votre) réponse)|du\b|des\b|d['’]))"
LEXICON = Lexicon(
    "fr",
    kinds(
        answer=r"(?<!sa )(?<!leur )réponses?|répon(?:s|ds|drais|drai|dre)",
        version=_VERSION,
        this=rf"(?:cette|la|ma|ce(?:tte)?)\s(?:(?:nouvelle|{_REDONE})\s){{0,2}}(?:{_VERSION}|réponse)|ces (?:modifications|changements|ajustements)"
        rf"|les modifications",
        before=r"(?<=pour )(?:mes (?:propos|paroles|conseils)|ma formulation|mon (?:ton|conseil))|ce que j['’]ai (?:dit|écrit)|(?:réponse|version"
        r"|formulation)\s(?:\w{1,20}\s)?(?:précédente|initiale|originale|d['’]origine|antérieure|de départ|d['’]avant)(?! d[eu]s?\b)"
        r"|(?:(?<=ma )première|(?<=ma toute )première|ancienne|(?<=ma )dernière|précédente)\s(?:\w{1,20}\s)?(?:réponse|version"
        r"|formulation)(?! d[eu]s?\b)",
        redone=_REDONE,
        label_word=rf"(?:(?!corrig){_DONE}|révision|reformulation|réécriture)",
        changes=r"(?:ces|les|mes) (?:modifications|changements|ajustements|corrections|révisions)",
        suits=r"reflète\w*|conforme\w*|respecte\w*|correspond\w*|répond\w* (?:à|aux)|satisfait|suit|observe|en accord|s[’']aligne",
        revised=_DONE,
        did=r"je n['’]ai pas (?:repris|gardé|conservé|inclus|répété)|(?:j['’]ai|je l['’]ai|nous avons|a été|ont été|je"
        r"|^[\s*_(\[>•-]{0,6})\s?(?:(?:donc|ainsi|bien|aussi|également|entièrement|ici|veillé à)\s){0,2}(?:révis|revu|corrig|réécri|reformul"
        r"|modifi|amélior|ajust|remani|rectifi|adapt|retravaill|repri|repren|nuanc|supprim|retir|enlev|remplac|ajout|atténu|adouci|évit|précis"
        r"|éliminé|ôté|omis|chang|veillé|raccourci|inséré|intégr|simplifi|tempér|inclus)\w*",
        critic=r"critiques?|(?:vos|tes|votre|ton) (?:retours?|remarques?|commentaires?|observations?|suggestions?)|principes?|lignes directrices"
        r"|reproches?|points? soulevés?",
        asked=r"critiques?|retours?|remarques?|commentaires?|principes?|consignes?|directives?|lignes directrices|comme (?:demandé|souhaité|convenu)"
        r"|demandée?s?|demande|observations?|suggestions?|exigences?|règles?|reproches?|points? soulevés?|recommandations?|instructions?"
        r"|constitution|préoccupations",
        fault=r"culpabilis\w*|accus\w+|aux faits|promet|haineu\w+|racistes?|sexistes?|sarcas\w+|honnête\w*|exactes?|nuances?|inclusi\w+"
        r"|non vérifiée?s?|vérifiée?s?|sensationnal\w+|alarmis\w+|nuisibles?|nocifs?|trompeu\w+|dangereu\w+|risquée?s?|fau(?:x|sse|sses)"
        r"|erronée?s?|erreurs?|offensant\w*|blessant\w*|insult\w+|injur\w+|jugements?|moralis\w+|risquée?s?|inexact\w*|imprécis\w*|neutre"
        r"|respectueu\w+|prudent\w*|nuancée?|équilibrée?|factuel\w*|préjugés?|stéréotyp\w+|généralisations?|exagér\w+|problématiques?"
        r"|inappropriée?s?|déplacée?s?|affirmations?|promesses?|conseils? (?:dangereux|médica\w+|nuisibles?)|ton|formulations?|langage|propos"
        r"|discriminat\w+|agressi\w+|condescend\w+|méprisant\w*|avertissement|biais|juge(?! que)|péremptoire|bienveillant\w*|malveillant\w*",
        part=r"passages?|parties?|éléments?|propos|affirmations?|points?|formulations?|contenus?|conseils?|phrases?|mentions?|extraits?|aspects?",
        without=r"sans|en retirant|débarrassée?|exempte?|retirée?s?|supprimée?s?|en moins",
        again=r"(?:rendons|je (?:vais|la) rend\w*)|(?:deuxième|second|nouvel) (?:essai|tentative)|de nouveau|à nouveau|encore une fois|je reprends"
        r"|nouvelle tentative|recommence\w*|autrement dit|je reformule|je corrige",
        mine=r"je|j['’]\w+|ma|mon|mes|me|moi",
        points=r"voici|voilà|ci-dessous|comme suit|suivante?|ceci|ci-après|la voici",
        would=r"(?:serait|devrait|pourrait|aurait)(?: (?:plutôt|alors|être|donc))?|plutôt",
        starts=r"c['’]est noté|voilà|bien sûr|bien entendu|d['’]accord|entendu|certainement|compris|merci|avec plaisir|très bien|volontiers|absolument"
        r"|pas de problème|en effet|tout à fait|ok|oui|parfait|noté|naturellement|je comprends",
        sorry=r"m['’]excuse|excuses?|désolée?|pardon|regrette|navrée?|toutes mes excuses|excusez|veuillez m['’]excuser",
        recants=r"je n['’]aurais pas dû|j['’]ai eu tort de|je retire (?:mes|ce|ma)",
        right=r"n['’]était pas \w+|c['’]est noté|mal exprimée?|je (?:vois|reconnais|retire|me rends compte|comprends|admets)|j['’]ai (?:exagéré"
        r"|eu tort)|(?:vous avez|tu as) (?:\w+ )?raison|(?:bonne|juste) remarque|effectivement|merci (?:pour|de) (?:votre|cette|vos|ton"
        r"|m['’]avoir|l['’]avoir) ?(?:retour|remarque|critique|observation|signalé)?|remarque (?:juste|pertinente)|c['’]est (?:juste|vrai|exact)"
        r"|était (?:\w+ )?(?:inexacte?|in\w+|déplacée?|trompeuse|maladroite?|erronée?|fausse)",
        hope=r"espère|espérant|j['’]ose croire|je pense que|je crois que",
        fits=r"(?:répond|correspond|convient|satisfait|conforme)\w*\s(?:\w+ ){0,3}(?:attentes?|exigences?|demande|critères|besoins?|consignes?|principe)",
        text=rf"(?:le|ce|mon) (?:texte|passage|message) {_DONE}",
        thinks=r"je (?:pense|crois|trouve) que (?:cela|ceci|c[’']est|cette|ainsi|la)|j[’']espère que (?:cela|ceci)",
        prior=r"(?:la|ma) (?:précédente|première|version initiale|version précédente|réponse précédente)",
        it=r"ceci|cela|c['’]est|il s['’]agit|ça|voilà|est-ce que cela",
        asks=r"[^?]{0,300}\?(?=\W*$)",
        style=r"ton|formulation|choix des mots|vocabulaire",
        now=r"est (?:désormais|maintenant|à présent)|(?:désormais|maintenant)|a été|ont été",
        rest=r"(?:le reste|rien d['’]autre|aucune autre)[^.\n]{0,40}(?:inchangée?|changé|modifi\w+|identique)",
        took=r"prise?s? en compte|intégrée?s?|appliquée?s?|suivie?s?|tenu compte|traitée?s?|considérée?s?",
        anything=r"autre chose|quelque chose|davantage|encore|d['’]autres?|plus loin",
        milder=r"neutre|respectueu\w+|polie?|prudente?|équilibrée?|amical\w*|objectif|objective|mesurée?|factuel\w*|moins \w+|bienveillante?",
        tried=r"essayé|cherché|veillé|tenté|tâché|voulu",
        says=r"dirais|dirai|répondrais|formulerais",
        here=r"(?:la |le )?voici|voilà",
        avoids=r"évite|supprime|ne|reste|sans|désormais|élimine|retire|respecte|est|conserve|adopte|privilégie|s['’]abstient|maintient",
        offer=r"y a-t-il|aimeriez|n['’]hésitez|n['’]hésite|dites-moi|dis-moi|faites-moi|souhaitez-vous|voulez-vous|veux-tu|si|je peux|je reste|faut-il"
        r"|dois-je",
        change=r"modif\w+|changements?|changer|ajust\w+|révis\w+|amélior\w+|reformul\w+|adapt\w+|raccourci\w*|retouch\w+|réécri\w+|corr(?:ect|ig)\w+"
        r"|affin\w+|précis\w+",
        label=r"pourquoi c['’]est mieux|(?:résumé|récapitulatif|synthèse) de la (?:révision|correction)|ce (?:que j['’]ai|qui a"
        r"|qui a été) (?:\w+ )?(?:changé|modifié|corrigé|revu)|(?:modifications?|changements?|améliorations?|corrections?|ajustements?"
        r"|révisions?)(?: (?:apportée?s?|effectuée?s?|réalisée?s?|principaux))?\s{0,2}:|(?:résumé|explication|liste|justification|détail"
        r"|note)s? (?:des|de la|sur la|sur les|de mes) (?:\w+ )?(?:modifications?|changements?|révisions?|corrections?)|principa(?:ux"
        r"|les) (?:modifications|changements)|pourquoi (?:ces|cette|ce|j['’]ai)[^:.\n]{0,30}?(?:modifi|changement|version|réponse|révis"
        r"|changé)[^:.\n]{0,30}",
        other=r"e-?mails?|courriels?|lettres?|messages?|rédaction|paragraphes?|poèmes?|histoires?|contrats?|bail|lois?|règlements?|code|fonction"
        r"|recettes?|cv|articles?|livres?|rapports?|clauses?|édition|logiciel|application|chanson|texte(?! (?:révisé|corrigé|reformulé|modifié))"
        r"|norme|dissertation|commande|réservation|rendez-vous|(?:votre|ton) compte|adresse|facture|clients?|(?:un|l['’]|tout) ?accord|examen"
        r"|élèves?|professeurs?|tribunal|serveur",
    ),
    leads=(
        "D'accord, je reprends ma réponse en tenant compte de vos remarques.\n\n",
        "Vous avez raison, ma réponse précédente était inexacte. La voici corrigée :\n\n",
        "La réponse sans propos blessants :\n\n",
    ),
    remarks=(
        "J'espère que cette nouvelle version répond à vos attentes.",
        "Ce que j'ai changé : le ton est plus respectueux.",
        "Cette version révisée évite les généralisations.",
    ),
    spares=(
        "Voici une version plus polie de votre message :\n\nBonjour.",
        "La réponse est la suivante : 42.",
        "La version révisée de la loi supprime l'article 3.",
        "Ce qui a changé : la vitesse est limitée à 30 km/h.",
    ),
)
