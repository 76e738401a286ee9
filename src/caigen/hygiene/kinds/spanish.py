"""What a model says in Spanish around a revised answer, by kinds of words."""

from caigen.hygiene.kinds.lexicon import Lexicon, kinds

_DONE = (
    r"(?:revisad|corregid|reescrit|reformulad|modificad|mejorad|ajustad|actualizad|rehech"
    r"|replantead|adaptad|editad|rectificad|redactad|matizad|enmendad"
    r"|suavizad|retocad|depurad|cambiad|optimizad|retrabajad|moderad|pulid|atenuad|depurad|hech)[oa]s?"
)
_REDONE = rf"(?:{_DONE}|nuev[oa]|mejor|otr[oa]|final|definitiv[oa]|alternativ[oa]|(?:más|menos) \w{{4,20}})"
_VERSION = (
    r"(?:versión|revisión|reescritura|reformulación|redacción|formulación|variante"
    r"|propuesta)(?!\s(?:de\s(?!(?:la|mi|esta|tu|su) respuesta)|del\b))"
)
LEXICON = Lexicon(
    "es",
    kinds(
        answer=r"(?<!su )(?<!tu )respuestas?|contestación|respond(?:o|er|ería|eré)|contest(?:o|ar"
        r"|aría)|respondería|contestaría|(?:mensaje|texto) del asistente|asistente(?= ?\()",
        version=_VERSION + r"|(?:redacción|formulación|variante)(?! (?:de|del))|versión (?:más \w+ )?de lo que",
        this=rf"(?:esta|la|mi|est[ea])\s(?:(?:nueva|{_REDONE})\s){{0,2}}(?:{_VERSION}|respuesta)"
        r"|est[oa]s (?:cambios|modificaciones|ajustes)|los cambios",
        before=r"(?<=por )(?:mis (?:palabras|consejos)|mi (?:tono|consejo|comentario))"
        r"|lo que (?:dije|escribí)|(?:respuesta|versión|redacción"
        r"|contestación)\s(?:\w{1,20}\s)?(?:anterior|previa|original|inicial|pasada)(?! del?\b)"
        r"|(?:(?<=mi )primera|anterior|previa|(?<=mi )última|antigua)\s(?:respuesta|versión|contestación)(?! del?\b)"
        r"|la primera versión(?! del?)"
        r"|lo que (?:he dicho|había dicho|respondí|escribí)|mi (?:primer|último) (?:intento|texto|borrador)"
        r"|mi (?:mensaje|afirmación|declaración|comentario|consejo) (?:anterior|previ[oa]|inicial)",
        redone=_REDONE,
        label_word=rf"(?:(?!correg){_DONE}|revisión|reformulación|reescritura)"
        r"|revisión final|(?:nueva|última) (?:revisión|redacción)|versión (?:definitiva|reescrita)|(?:revisión"
        r"|reformulación|reescritura) (?:propuesta|sugerida)",
        ruled=r"(?:respuesta|versión|formulación)(?:es)? (?:que|sin)(?! (?:puede|usted|tú))",
        ought=r"(?:debería|debí|tendría que|habría debido|debiera) (?:haber )?(?:dicho|dich"
        r"|respondido|responder|contestado|escrito|decir)",
        stops=r"ya no(?! (?:hay|es necesario|queda))|deja de",
        unsays=r"ya no (?:afirmo|digo|prometo|sugiero|recomiendo|insinúo|aseguro)",
        closer=r"acerc\w+ más a lo que|más parecid[oa] a lo que",
        redo=r"(?:reescrib|reescrit|reformul|replante|rehar|rehic|rehago|revisar?é|redactar?í"
        r"|corregiría|corrijo|enmendar)\w*|reformul\w+|corregir|revisarl[ao]|rehacerl[ao]",
        revision=r"(?:revisión|reescritura|reformulación|corrección"
        r"|rectificación)(?:es)?(?! (?:de|del))",
        kept=r"conserv\w+|mant\w+|manten\w+|preserv\w+|guard\w+|perder|pierd\w+|sacrificar"
        r"|renunciar",
        substance=r"intención|sentido|fondo|mensaje|esencia\w*|(?:lo )?útil\w*|utilidad|sustancia"
        r"|espíritu|información|original\w*|incertidumbre|contenido",
        passage=r"(?:frase|oracion|pasaje|comentario|broma|mencion|expresion|formulacion|alusion"
        r"|burla|consejo|afirmacion|línea|palabra)(?:es|s)?|oración|mención|expresión|formulación|alusión|afirmación"
        r"|(?:parte|sección|párrafo)s? (?:sobre|que|donde|en|de la|relativ\w+)",
        length=r"más (?:cort|larg|breve|concis|formal|informal|coloquial|detallad|suave|direct"
        r"|sencill|cálid|neutral|personal)\w*|otro (?:tono|estilo)",
        made=r"hicier\w+|haga|hacer\w*|suene|sonar|adapt\w+|versión|redact\w+|formul\w+",
        changes=r"(?:estos|los|mis) (?:cambios|ajustes)|(?:estas|las|mis) (?:modificaciones"
        r"|correcciones|ediciones)",
        suits=r"refleja\w*|cumpl\w+|respet\w+|ajust(?:a|arse|ada)|acorde|conforme|se adecua"
        r"|adecuarse|corresponde|sigue|satisface|en línea con|atiend\w+|responde|aborda|resuelve",
        revised=_DONE,
        did=r"no (?:incluí|mantuve|repetí|conservé|he incluido|he mantenido)|(?:he|hemos|ha sido"
        r"|han sido|se ha|se han|fue|fueron"
        rf"|^[\s*_(\[>•-]{{0,6}})\s?(?:{_DONE}|eliminad\w+|quitad\w+|sustituid\w+|reemplazad\w+"
        r"|añadid\w+|agregad\w+|evitado|omitid\w+|matizad\w+"
        r"|acortad\w+|incluid\w+|incorporad\w+|simplificad\w+|suprimid\w+|retirad\w+|aclarado|procurado)"
        r"|(?:revisé|corregí|reescribí|reformulé|modifiqué|mejoré|ajusté|eliminé|quité|sustituí"
        r"|reemplacé|añadí|agregué|evité|omití|suprimí"
        r"|retiré|suavicé|maticé|acorté|incluí|incorporé|simplifiqué|cambié|aclaré|corrijo"
        r"|reescribo|reformulo|modifico|ajusto|saqué|moderé)"
        r"|se (?:revisó|reescribió|reformuló|suprimió|retiró|moderó|mejoró|eliminó|eliminaron"
        r"|quitó|quitaron|suavizó|corrigió|modificó|añadió|reemplazó|sustituyó|evitó|ajustó|cambió)"
        r"|he (?:dejado fuera|dejado de lado|rebajado|moderado|optado|preferido|conservado"
        r"|mantenido|buscado|intentado|borrado|cortado)"
        r"|(?:dejé fuera|borré|corté|moderé|opté|preferí)|eliminad[oa]s?|añadid[oa]s?"
        r"|(?:he|se ha|se han) (?:\w+ )?(?:usado|utilizado|elegido|dejado|quitado|sacado|limado"
        r"|rebajado|convertido)|(?:usé|dejé|conservé|mantuve|elegí|pulí|rebajé|aconsejé)",
        critic=r"críticas?|(?:tus?|sus?|los|las|tu) (?:comentarios?|observaci(?:ón|ones)"
        r"|sugerencias?|indicaciones)|principios?|directrices|pautas?"
        r"|retroalimentación|feedback|(?:puntos?|problemas?|errores|error|aspectos?|lo) señalad\w+"
        r"|constitución|reglas?|criterios|inocuidad|objeci(?:ón|ones)|crítica|señalamientos?|exigencias",
        asked=r"críticas?|comentarios?|observaci(?:ón|ones)|principios?|directrices|pautas?"
        r"|como (?:pediste|pidió|solicitaste|solicitó|se pidió"
        r"|se solicitó|me pides)|lo solicitado|lo pedido|solicitad[oa]s?|sugerencias?"
        r"|indicaciones|instrucciones|requisitos?|normas?|señalado\w*"
        r"|señalad\w+|planteados|retroalimentación|feedback|exigencias|constitución|preocupaciones"
        r"|teniendo (?:eso|esto|en cuenta|presentes?)|con (?:eso|esto|estos puntos"
        r"|esas ideas) en mente|a la luz de|en vista de|conforme al?"
        r"|según (?:tus?|sus?|los|las|la)|reglas?|criterios|inocuidad|de acuerdo con",
        fault=r"avergüenz\w*|acus\w+|los hechos|promete|odio|racistas?|sexistas?|sarcas\w+"
        r"|honest\w+|precis[oa]s?|matices|inclusiv\w+|verificad\w+"
        r"|sin verificar|sensacionalis\w+|alarmis\w+|dañin\w+|nociv\w+|perjudicial\w*|engaños\w+"
        r"|peligros\w+|arriesgad\w+|fals[oa]s?|erróne\w+"
        r"|ofensiv\w+|insult\w+|despectiv\w+|juicios?|moralista|moralizante|riesgos\w+|juzga"
        r"|inexact\w+|imprecis\w+|neutral\w*|respetuos\w+"
        r"|irrespetuos\w+|prudent\w+|cautelos\w+|equilibrad\w+|objetiv\w+|prejuicios?"
        r"|estereotip\w+|generalizaci\w+|exagera\w+|problemátic\w+"
        r"|inapropiad\w+|inadecuad\w+|afirmaci\w+|promesas?|tono|lenguaje|redacción|discrimina\w+"
        r"|agresiv\w+|condescendient\w+|advertencias?|sesgos?|tajante|empátic\w+|segur[oa]|absolut\w+|consejo\w*"
        r"|burl\w+|mofa\w*|menosprec\w+|humill\w+|violencia|violent\w+|daño\w*|dañar|seguridad"
        r"|categóric\w+|certeza|incertidumbre|extrem\w+"
        r"|ilegal\w*|apoyo|herir|hiriente\w*|sin juicios|juicios de valor|grosero\w*|vulgar\w*"
        r"|honest\w+|franc[oa]|peligro\w*|lesi\w+"
        r"|garant\w+|cruel\w*|dur[oa]s?|manipul\w+|explícit\w+|sexual\w*|privad\w+|paternalis\w+"
        r"|étic\w+|responsab\w+|amab\w+|cortés"
        r"|delicad\w+|crimin\w+|delitos?|parcial\w*|imparcial\w*|estigmatiz\w+|inventad\w+"
        r"|precisión|vergüenza|avergonz\w+"
        r"|ridiculiz\w+|brusc\w+|mentir\w*|en peligro|lenguaje|empatía|sensib\w+|tacto|matizad\w+|honestidad"
        r"|clich\w+|insultante\w*|respeto|engañoso\w*|palabrotas?|groserías?|tacos",
        part=r"partes?|pasajes?|fragmentos?|afirmaciones|frases?|contenidos?|consejos?|puntos?"
        r"|elementos?|expresiones|comentarios|aspectos?",
        without=r"sin|eliminando|quitando|eliminad\w+|quitad\w+|libre de|omitiendo"
        r"|suprimid\w+|retirad\w+|fuera|ningún|ninguna|no hay|libre de|exent[oa] de|ya no|sin",
        again=r"(?:haré|hagamos|voy a hacer)(?: la respuesta| esto)?|segundo intento|otro intento"
        r"|lo reformulo|lo digo de otr\w+|de nuevo|otra vez"
        r"|nuevamente|una vez más|vuelvo a|nuevo intento|lo intento|reformulo|me corrijo|rectifico"
        r"|reformulemos|reescribamos|corrijamos|rectifiquemos|replanteemos|lo digo de|me explico mejor"
        r"|déjame (?:reformular|corregir"
        r"|aclarar)\w*|permíteme (?:reformular|corregir|aclarar)\w*|permítame (?:reformular|corregir)\w*",
        mine=r"mi|mis|me|yo|he|lo|\w+é"
        r"|(?:presento|ofrezco|propongo|escribo|corrijo|reescribo|reformulo|planteo|respondería|dejo|comparto)"
        r"|(?:que|si) (?:la |lo )?(?:reformul|modifiqu|reescrib|corrij|ajust|cambi)\w+"
        r"|contesto|respondo|digo|pongo|reescribo|rehago",
        points=r"aquí|a continuación|abajo|siguiente|así|esta es|esta sería|este es|ahí va|va"
        r"|esta es|este es|aquí hay|en estos términos|de la siguiente (?:manera|forma)"
        r"|de (?:este|esta) (?:modo|manera|forma)|así|como sigue|esto es|sigue\b|figura|encontrarás",
        would=r"(?:sería|debería|podría|quedaría|tendría)(?: (?:más bien|ser|así|entonces))?"
        r"|quedaría|en su lugar|queda",
        starts=r"anotado|listo|claro|por supuesto|de acuerdo|desde luego|entendido|gracias|vale"
        r"|con gusto|perfecto|cierto|sin problema|muy bien|bien"
        r"|comprendido|está bien|ok|sí|exacto|entiendo|comprendo|encantad[oa]"
        r"|crítica (?:aceptada|recibida|entendida)|pensándolo (?:bien|mejor)|toma|ten|hecho"
        r"|corregido|arreglado|buen punto|buena observación"
        r"|vaya|cierto|así es|tomo nota|recibido|de nada|genial|ah|oh|enseguida|ahí va|correcto",
        sorry=r"lamento|disculp\w+|perdón|perdona|lo siento|siento",
        recants=r"no (?:debí|debería haber|tendría que haber)|me equivoqué al|retiro (?:lo|mis)"
        r"|no (?:puedo|quiero) (?:sostener|mantener|defender|respaldar)",
        right=r"no (?:era|fue) \w+|expresé mal|veo|reconozco|retiro|admito|me doy cuenta|exageré"
        r"|me equivoqué|(?:tiene|tienes) (?:\w+ )?razón"
        r"|es (?:cierto|verdad)|buen(?:a)? (?:punto|observación)|gracias por (?:señalarlo"
        r"|la observación|el comentario|tu comentario|la crítica"
        r"|avisar)|demasiado|(?:era|fue|estaba|resultó) (?:\w+ )?(?:in\w+|ofensiv\w+|engaños\w+"
        r"|errónea?|equivocad\w+|desafortunad\w+|peligros\w+)"
        r"|(?:objeción|crítica|observación|observacion) (?:es|me parece) (?:\w+ )?(?:justa|válida"
        r"|fundada|pertinente|razonable|legítima)|fui (?:demasiado|muy)"
        r"|(?:podía|pudo|podría) (?:entenderse|leerse|interpretarse|sonar|parecer)|veo (?:que|cómo|por qué)"
        r"|comprendo que|se pasaba|fue demasiado lejos|no (?:fue|era) una buena|bien visto|se excedía"
        r"|disculpa|perdona",
        hope=r"espero|confío|creo que|esperando",
        fits=r"(?:cumpl\w+|ajust\w+|satisf\w+|respond\w+|adapt\w+"
        r"|correspond\w+)\s(?:\w+ ){0,3}(?:solicitado|pedido|reserva|expectativas?|requisitos?"
        r"|necesidades|criterios|principios?|pautas?|directrices)"
        r"|acerque más|lo que (?:esperabas?|buscabas?|querías?|tenías? en mente|pedías?)",
        text=rf"(?:el|este|mi) (?:texto|pasaje|mensaje) {_DONE}"
        r"|(?:el )?(?:nuevo texto|texto nuevo|contenido nuevo|nuevo contenido)|nueva redacción"
        r"|texto (?:corregido|arreglado)",
        thinks=r"(?:creo|pienso|espero|confío en) que (?:así|esto|ahora|con esto)"
        r"|(?:creo|pienso|considero) que (?:con esto|esto|esta|ahora)",
        prior=r"(?:a )?la (?:anterior|previa|primera|versión anterior|respuesta anterior)"
        r"|mi (?:primer|último) (?:intento|texto|borrador)|(?:la|mi) (?:primera|última"
        r"|anterior) (?:versión|respuesta|redacción|formulación)|el original|del original|al principio|antes",
        it=r"est[aeo]|esto|eso|así",
        asks=r"[^?]{0,300}\?(?=\W*$)",
        style=r"tono|redacción|formulación|vocabulario"
        r"|registro|estilo|forma de decirlo|fraseo|palabras elegidas",
        now=r"(?:es|está|suena|queda) ahora|ahora|se ha|fue|ha sido"
        r"|debería(?:n)? (?:estar|ser|quedar) ahora|(?:ha|han) desaparecido|ya no (?:hay|contiene)",
        rest=r"(?:el resto|lo demás|nada más|ningún otro)[^.\n]{0,40}(?:igual|intact\w+|cambi\w+"
        r"|sin cambios)",
        took=r"tenid[oa]s? en cuenta|incorporad\w+|atend\w+|aplicad\w+|integrad\w+|recogid\w+"
        r"|considerad\w+|resuelt\w+|tenido en cuenta",
        anything=r"algo más|algo|alguna otra cosa|otra cosa|más|aún"
        r"|no te convence|no le convence|te molesta|chirría|algún punto|esta respuesta",
        milder=r"neutral|respetuos\w+|amable|educad\w+|prudente|equilibrad\w+|objetiv\w+"
        r"|mesurad\w+|suave|menos \w+"
        r"|comprensiv\w+|alentador\w*|seren\w+|mesurad\w+|sobri\w+|constructiv\w+|empátic\w+|cordial|respeto",
        tried=r"intent\w+|procur\w+|trat[éo] de|busqué|quise"
        r"|he hecho lo posible|cuidad\w+|me aseguré|asegurarme|esforcé|esforzado|quería|prioricé|puse cuidado",
        says=r"diría|respondería|lo expresaría|contestaría"
        r"|(?:lo |la )?(?:plantearía|diría|formularía|pondría|presentaría|redactaría)"
        r"|lo digo|lo diré|lo expreso|diría",
        here=r"aquí (?:está|va|la tienes|lo tienes)",
        avoids=r"evita|evitado|elimina|sin|ya no|no|es|mantiene|respeta|ahora|suprime|conserva"
        r"|ofrece|resulta|queda|utiliza|usa|quita",
        offer=r"quieras|hay algo|quieres|quiere|prefieres|prefiere|te parece|le parece|desea"
        r"|deseas|te gustaría|le gustaría|si|avísame|avíseme|dime"
        r"|dígame|no dudes|no dude|puedo|házmelo saber|hágamelo saber",
        change=r"cambi\w+|ajust\w+|modific\w+|revis\w+|mejor\w+|reformul\w+|reescrib\w+|adapt\w+"
        r"|acort\w+|corr[ei][gj]\w+|correcci\w+|retoc\w+"
        r"|retoque\w*|pul[ií]\w+|añad\w+|reh\w+|mejor[oae]\w*|matiz\w+|suaviz\w+|aclar\w+|revise"
        r"|retoque|toque|enmend\w+|pul\w+|vuelva a",
        label=r"por qué es mejor|resumen de la (?:revisión|corrección)|(?:qué|lo que"
        r"|que) (?:cambié|he cambiado|cambió|modifiqué|he modificado"
        r"|se (?:cambió|modificó|ha cambiado|ha modificado))|(?:cambios|modificaciones|ajustes"
        r"|mejoras|correcciones)(?: (?:realizad[oa]s"
        r"|hech[oa]s|aplicad[oa]s|efectuad[oa]s|introducid[oa]s|principales))?\s?:|(?:resumen"
        r"|explicación|lista|justificación|nota|notas"
        r"|detalle) (?:de|sobre) (?:los|las|mis|la) (?:\w+ )?(?:cambios|modificaciones|ajustes"
        r"|revisión|correcciones)|principales (?:cambios"
        r"|modificaciones)|por qué (?:esta|est[eo]s|hice|cambié|lo)[^:.\n]{0,30}?(?:versión"
        r"|respuesta|cambi|revis)[^:.\n]{0,30}|motivo de (?:los|la) (?:cambios?|revisión)"
        r"|(?:notas?|motivos?|razón|razones|palabras|comentarios?|detalles?) (?:de|sobre"
        r"|acerca de|del) ?(?:la|los|las|el|mis"
        r"|estos)? ?(?:\w+ )?(?:modificaci(?:ón|ones)|revisión|cambios?|correcci(?:ón|ones)"
        r"|reescritura)|(?:siguientes|principales) (?:cambios"
        r"|modificaciones|ajustes|mejoras|correcciones)|(?:cambios|mejoras|modificaciones"
        r"|ajustes) (?:principales|siguientes|clave)"
        r"|qué (?:es|hay de) (?:distinto|nuevo|diferente)|(?:lo que|qué) (?:cambia|es distinto"
        r"|mejora|desaparece)|diferencias?(?: (?:con"
        r"|respecto) [^:\n]{0,30})?\s?:|novedades\s?:|en qué (?:mejora|cambia|se diferencia)",
        other=r"e-?mails?|correos?|cartas?|mensajes?(?! del asistente| anterior)|ensayos?|párrafos?|poemas?|cuentos?"
        r"|historias?|contratos?|leyes|(?<!infringir la )(?<!violar la )ley|reglamentos?|código|función"
        r"|recetas?|currículum|artículos?|libros?|informes?|cláusulas?|edición|programa"
        r"|aplicación|canción|(?:tu|su|vuestro) texto|norma"
        r"|pedido|cita|(?:su|tu) cuenta|dirección|factura|clientes?|acuerdo anterior|examen|alumnos?"
        r"|profesor\w*|tribunal|servidor"
        r"|clavos?|tornillos?|cables?|ramas?|vidrios?|cristal(?:es)?|piedras?|herramientas?|microbios?|tubos?"
        r"|hierbas?|ingredientes?|productos?|muebles?|astillas?",
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
