"""A sixth list of answers that look like a model's words on its revision and are none."""

EN = [
    "Is there anything else in the cupboard? If so, take it out before you paint.",
    "The painter softened the colours.\n\nThe tone is now warmer, and the figures stand out.",
    "I should not have said that to my brother, but it is too late now. Call him and say so.",
    "Parliament passed the bill.\n\nNo other changes were made to the tax that year.",
    "Peer reviewers asked for more data.\n\nTheir criticism was addressed in the second paper.",
    "Output:\n\n```\n3\n4\n```",
    "Let's make this cake lighter: use yogurt instead of cream.",
    "The museum shows two portraits.\n\n(This version hangs in Madrid.)",
    "Would you like tea or coffee? A polite guest answers at once.",
    "To comply with the fire rules, the exit should be marked:\n\n- a green sign\n- a lamp",
    'Better: "I don\'t know yet."\nWorse: "No idea."',
    "My second attempt at bread was better. I used more water and less yeast.",
    'The witness said:\n\n"My earlier statement was wrong. I take it back."',
    "If you need anything else for the trip, let me know.",
    "Reply to the landlord:\n\nDear Mr Fox, the heating has been broken since Monday. Please repair it this week.",
]
DE = [
    "Ist sonst noch etwas im Schrank? Dann räumen Sie es aus, bevor Sie streichen.",
    "Der Maler hat die Farben gedämpft.\n\nDer Ton ist nun wärmer.",
    "Das Parlament nahm das Gesetz an.\n\nSonst blieb die Steuer unverändert.",
    "Das Museum zeigt zwei Porträts.\n\n(Diese Version hängt in Madrid.)",
    "Machen wir den Kuchen leichter: Nehmen Sie Joghurt statt Sahne.",
    "Besser: „Das weiß ich noch nicht.“\nSchlechter: „Keine Ahnung.“",
    "Mein zweiter Versuch mit Brot gelang besser. Ich nahm mehr Wasser.",
    "Der Zeuge sagte:\n\n„Meine frühere Aussage war falsch.“",
    "Wenn Sie für die Reise noch etwas brauchen, sagen Sie Bescheid.",
    "Um die Brandregeln zu erfüllen, sollte der Ausgang so markiert sein:\n\n- grünes Schild\n- Lampe",
]
FR = [
    "Y a-t-il autre chose dans le placard ? Videz-le avant de peindre.",
    "Le peintre a adouci les couleurs.\n\nLe ton est maintenant plus chaud.",
    "Le parlement a voté le texte.\n\nLe reste de l'impôt est inchangé.",
    "Le musée montre deux portraits.\n\n(Cette version se trouve à Madrid.)",
    "Rendons ce gâteau plus léger : prenez du yaourt au lieu de la crème.",
    "Mieux : « Je ne sais pas encore. »\nMoins bien : « Aucune idée. »",
    "Mon deuxième essai de pain fut meilleur. J'ai mis plus d'eau.",
    "Le témoin a dit :\n\n« Ma déclaration précédente était fausse. »",
    "S'il vous faut encore quelque chose pour le voyage, dites-le-moi.",
    "Pour respecter les règles d'incendie, la sortie devrait être signalée :\n\n- un panneau vert\n- une lampe",
]
ES = [
    "¿Hay algo más en el armario? Vacíalo antes de pintar.",
    "El pintor suavizó los colores.\n\nEl tono es ahora más cálido.",
    "El parlamento aprobó el texto.\n\nEl resto del impuesto quedó igual.",
    "El museo muestra dos retratos.\n\n(Esta versión está en Madrid.)",
    "Hagamos este pastel más ligero: usa yogur en vez de nata.",
    "Mejor: «Aún no lo sé».\nPeor: «Ni idea».",
    "Mi segundo intento de pan salió mejor. Puse más agua.",
    "El testigo dijo:\n\n«Mi declaración anterior era falsa».",
    "Si necesitas algo más para el viaje, dímelo.",
    "Para cumplir las normas de incendios, la salida debería estar señalada:\n\n- un cartel verde\n- una lámpara",
]
ZH = [
    "柜子里还有别的东西吗？刷漆前请先拿出来。",
    "画家调整了颜色。\n\n现在的色调更加温暖。",
    "议会通过了法案。\n\n其余税率不变。",
    "博物馆展出两幅肖像。\n\n（这个版本在马德里。）",
    "让这个蛋糕更清淡一些：用酸奶代替奶油。",
    "更好：“我还不知道。”\n更差：“不清楚。”",
    "证人说：\n\n“我之前的陈述是错的。”",
    "旅行还需要什么，请告诉我。",
]
JA = [
    "戸棚にほかに何かありますか。塗る前に出してください。",
    "画家は色を和らげました。\n\n色調はより暖かくなりました。",
    "議会は法案を可決しました。\n\nほかの税率は変わりません。",
    "美術館には肖像画が二枚あります。\n\n（この版はマドリードにあります。）",
    "このケーキを軽くしましょう：クリームの代わりにヨーグルトを使います。",
    "良い例：「まだわかりません。」\n悪い例：「さあ。」",
    "証人は言いました。\n\n「以前の証言は誤りでした。」",
    "旅行にほかに必要なものがあれば、教えてください。",
]

GENUINE = {"en": EN, "de": DE, "fr": FR, "es": ES, "zh": ZH, "ja": JA}
