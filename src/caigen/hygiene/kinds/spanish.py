"""What a model says in Spanish around a revised answer, by kinds of words."""

from caigen.hygiene.kinds.lexicon import Lexicon, kinds

_DONE = (
    r"(?:revisad|corregid|reescrit|reformulad|modificad|mejorad|ajustad|actualizad|rehech|replantead|adaptad|editad|rectificad|redactad|matizad|enmendad"
    r"|suavizad|retocad|depurad|cambiad|optimizad|retrabajad)[oa]s?"
)
_REDONE = rf"(?:{_DONE}|nuev[oa]|mejor|otr[oa]|final|definitiv[oa]|alternativ[oa]|(?:más|menos) \w{{4,20}})"
_VERSION = (
    r"(?:versión|revisión|reescritura|reformulación|propuesta)(?!\s(?:de\s(?!(?:la|mi|esta|tu|su) respuesta)|del\b))"
)
LEXICON = Lexicon(
    "es",
    kinds(
        answer=r"(?<!su )(?<!tu )respuestas?|contestación|respond(?:o|er|ería|eré)|contest(?:o|ar|aría)",
        version=_VERSION,
        this=rf"(?:esta|la|mi|est[ea])\s(?:(?:nueva|{_REDONE})\s){{0,2}}(?:{_VERSION}|respuesta)|est[oa]s (?:cambios|modificaciones|ajustes)|los cambios",
        before=r"(?<=por )(?:mis (?:palabras|consejos)|mi (?:tono|consejo|comentario))|lo que (?:dije|escribí)|(?:respuesta|versión|redacción"
        r"|contestación)\s(?:\w{1,20}\s)?(?:anterior|previa|original|inicial|pasada)(?! del?\b)|(?:(?<=mi )primera|anterior|previa"
        r"|(?<=mi )última|antigua)\s(?:respuesta|versión|contestación)(?! del?\b)",
        redone=_REDONE,
        label_word=rf"(?:(?!correg){_DONE}|revisión|reformulación|reescritura)",
        changes=r"(?:estos|los|mis) (?:cambios|ajustes)|(?:estas|las|mis) (?:modificaciones|correcciones|ediciones)",
        suits=r"refleja\w*|cumpl\w+|respet\w+|ajust(?:a|arse|ada)|acorde|conforme|se adecua|adecuarse|corresponde|sigue|satisface|en línea con",
        revised=_DONE,
        did=rf"no (?:incluí|mantuve|repetí|conservé|he incluido|he mantenido)|(?:he|hemos|ha sido|han sido|se ha|se han|fue|fueron"
        rf"|^[\s*_(\[>•-]{{0,6}})\s?(?:{_DONE}|eliminad\w+|quitad\w+|sustituid\w+|reemplazad\w+|añadid\w+|agregad\w+|evitado|omitid\w+|matizad\w+"
        rf"|acortad\w+|incluid\w+|incorporad\w+|simplificad\w+|suprimid\w+|retirad\w+|aclarado|procurado)"
        r"|(?:revisé|corregí|reescribí|reformulé|modifiqué|mejoré|ajusté|eliminé|quité|sustituí|reemplacé|añadí|agregué|evité|omití|suprimí"
        r"|retiré|suavicé|maticé|acorté|incluí|incorporé|simplifiqué|cambié|aclaré|corrijo|reescribo|reformulo|modifico|ajusto|saqué|moderé)"
        r"|se (?:revisó|reescribió|reformuló|suprimió|retiró|moderó|mejoró|eliminó|eliminaron|quitó|quitaron|suavizó|corrigió|modificó|añadió"
        r"|reemplazó|sustituyó|evitó|ajustó|cambió)",
        critic=r"críticas?|(?:tus?|sus?|los|las|tu) (?:comentarios?|observaci(?:ón|ones)|sugerencias?|indicaciones)|principios?|directrices|pautas?"
        r"|retroalimentación|feedback|(?:puntos?|problemas?|errores|error|aspectos?|lo) señalad\w+",
        asked=r"críticas?|comentarios?|observaci(?:ón|ones)|principios?|directrices|pautas?|como (?:pediste|pidió|solicitaste|solicitó|se pidió"
        r"|se solicitó|me pides)|lo solicitado|lo pedido|solicitad[oa]s?|sugerencias?|indicaciones|instrucciones|requisitos?|normas?|señalado\w*"
        r"|señalad\w+|planteados|retroalimentación|feedback|exigencias|constitución|preocupaciones",
        fault=r"avergüenz\w*|acus\w+|los hechos|promete|odio|racistas?|sexistas?|sarcas\w+|honest\w+|precis[oa]s?|matices|inclusiv\w+|verificad\w+"
        r"|sin verificar|sensacionalis\w+|alarmis\w+|dañin\w+|nociv\w+|perjudicial\w*|engaños\w+|peligros\w+|arriesgad\w+|fals[oa]s?|erróne\w+"
        r"|ofensiv\w+|insult\w+|despectiv\w+|juicios?|moralista|moralizante|riesgos\w+|juzga|inexact\w+|imprecis\w+|neutral\w*|respetuos\w+"
        r"|irrespetuos\w+|prudent\w+|cautelos\w+|equilibrad\w+|objetiv\w+|prejuicios?|estereotip\w+|generalizaci\w+|exagera\w+|problemátic\w+"
        r"|inapropiad\w+|inadecuad\w+|afirmaci\w+|promesas?|tono|lenguaje|redacción|discrimina\w+|agresiv\w+|condescendient\w+|advertencias?"
        r"|sesgos?|tajante|empátic\w+|segur[oa]|absolut\w+|consejo\w*",
        part=r"partes?|pasajes?|fragmentos?|afirmaciones|frases?|contenidos?|consejos?|puntos?|elementos?|expresiones|comentarios|aspectos?",
        without=r"sin|eliminando|quitando|eliminad\w+|quitad\w+|libre de|omitiendo",
        again=r"(?:haré|hagamos|voy a hacer)(?: la respuesta| esto)?|segundo intento|otro intento|lo reformulo|lo digo de otr\w+|de nuevo|otra vez"
        r"|nuevamente|una vez más|vuelvo a|nuevo intento|lo intento|reformulo|me corrijo|rectifico",
        mine=r"mi|mis|me|yo|he|lo|\w+é",
        points=r"aquí|a continuación|abajo|siguiente|así|esta es|esta sería|este es|ahí va|va",
        would=r"(?:sería|debería|podría|quedaría|tendría)(?: (?:más bien|ser|así|entonces))?|quedaría|en su lugar|queda",
        starts=r"anotado|listo|claro|por supuesto|de acuerdo|desde luego|entendido|gracias|vale|con gusto|perfecto|cierto|sin problema|muy bien|bien"
        r"|comprendido|está bien|ok|sí|exacto|entiendo|comprendo|encantad[oa]",
        sorry=r"lamento|disculp\w+|perdón|perdona|lo siento|siento",
        recants=r"no (?:debí|debería haber|tendría que haber)|me equivoqué al|retiro (?:lo|mis)",
        right=r"no (?:era|fue) \w+|expresé mal|veo|reconozco|retiro|admito|me doy cuenta|exageré|me equivoqué|(?:tiene|tienes) (?:\w+ )?razón"
        r"|es (?:cierto|verdad)|buen(?:a)? (?:punto|observación)|gracias por (?:señalarlo|la observación|el comentario|tu comentario|la crítica"
        r"|avisar)|demasiado|(?:era|fue|estaba|resultó) (?:\w+ )?(?:in\w+|ofensiv\w+|engaños\w+|errónea?|equivocad\w+|desafortunad\w+"
        r"|peligros\w+)",
        hope=r"espero|confío|creo que|esperando",
        fits=r"(?:cumpl\w+|ajust\w+|satisf\w+|respond\w+|adapt\w+|correspond\w+)\s(?:\w+ ){0,3}(?:solicitado|pedido|reserva|expectativas?|requisitos?"
        r"|necesidades|criterios|principios?|pautas?|directrices)",
        text=rf"(?:el|este|mi) (?:texto|pasaje|mensaje) {_DONE}",
        thinks=r"(?:creo|pienso|espero|confío en) que (?:así|esto|ahora|con esto)",
        prior=r"(?:a )?la (?:anterior|previa|primera|versión anterior|respuesta anterior)",
        it=r"est[aeo]|esto|eso|así",
        asks=r"[^?]{0,300}\?(?=\W*$)",
        style=r"tono|redacción|formulación|vocabulario",
        now=r"(?:es|está|suena|queda) ahora|ahora|se ha|fue|ha sido",
        rest=r"(?:el resto|lo demás|nada más|ningún otro)[^.\n]{0,40}(?:igual|intact\w+|cambi\w+|sin cambios)",
        took=r"tenid[oa]s? en cuenta|incorporad\w+|atend\w+|aplicad\w+|integrad\w+|recogid\w+|considerad\w+|resuelt\w+|tenido en cuenta",
        anything=r"algo más|algo|alguna otra cosa|otra cosa|más|aún",
        milder=r"neutral|respetuos\w+|amable|educad\w+|prudente|equilibrad\w+|objetiv\w+|mesurad\w+|suave|menos \w+",
        tried=r"intent\w+|procur\w+|trat[éo] de|busqué|quise",
        says=r"diría|respondería|lo expresaría|contestaría",
        here=r"aquí (?:está|va|la tienes|lo tienes)",
        avoids=r"evita|evitado|elimina|sin|ya no|no|es|mantiene|respeta|ahora|suprime|conserva|ofrece|resulta|queda|utiliza|usa|quita",
        offer=r"quieras|hay algo|quieres|quiere|prefieres|prefiere|te parece|le parece|desea|deseas|te gustaría|le gustaría|si|avísame|avíseme|dime"
        r"|dígame|no dudes|no dude|puedo|házmelo saber|hágamelo saber",
        change=r"cambi\w+|ajust\w+|modific\w+|revis\w+|mejor\w+|reformul\w+|reescrib\w+|adapt\w+|acort\w+|corr[ei][gj]\w+|correcci\w+|retoc\w+"
        r"|retoque\w*|pul[ií]\w+|añad\w+",
        label=r"por qué es mejor|resumen de la (?:revisión|corrección)|(?:qué|lo que|que) (?:cambié|he cambiado|cambió|modifiqué|he modificado"
        r"|se (?:cambió|modificó|ha cambiado|ha modificado))|(?:cambios|modificaciones|ajustes|mejoras|correcciones)(?: (?:realizad[oa]s"
        r"|hech[oa]s|aplicad[oa]s|efectuad[oa]s|introducid[oa]s|principales))?\s?:|(?:resumen|explicación|lista|justificación|nota|notas"
        r"|detalle) (?:de|sobre) (?:los|las|mis|la) (?:\w+ )?(?:cambios|modificaciones|ajustes|revisión|correcciones)|principales (?:cambios"
        r"|modificaciones)|por qué (?:esta|est[eo]s|hice|cambié|lo)[^:.\n]{0,30}?(?:versión|respuesta|cambi|revis)[^:.\n]{0,30}|motivo de (?:los"
        r"|la) (?:cambios?|revisión)",
        other=r"e-?mails?|correos?|cartas?|mensajes?|ensayos?|párrafos?|poemas?|cuentos?|historias?|contratos?|leyes|ley|reglamentos?|código|función"
        r"|recetas?|currículum|artículos?|libros?|informes?|cláusulas?|edición|programa|aplicación|canción|texto(?! (?:revisado|corregido"
        r"|reformulado|modificado|reescrito))|norma|pedido|cita|(?:su|tu) cuenta|dirección|factura|clientes?|acuerdo anterior|examen|alumnos?"
        r"|profesor\w*|tribunal|servidor",
    ),
    leads=(
        "Teniendo en cuenta los comentarios, mi respuesta sería:\n\n",
        "Tienes razón, mi respuesta anterior no era adecuada. La corrijo a continuación:\n\n",
        "Por supuesto, aquí va de nuevo, con un tono más respetuoso:\n\n",
    ),
    remarks=(
        "Espero que esta versión cumpla con lo solicitado.",
        "Qué cambié: quité el insulto.",
        "En esta revisión se ha evitado el lenguaje despectivo.",
    ),
    spares=(
        "Aquí tienes una versión más amable de tu correo:\n\nHola.",
        "La respuesta es la siguiente: 42.",
        "Qué cambió: el límite es 30.",
        "La versión revisada de la ley elimina el artículo 3.",
    ),
)
