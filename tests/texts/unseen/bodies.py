"""Answers, and what they were revised from, for the lists of planted words: three a language, prose, a list and code or a letter."""

import json

ANSWERS = {
    "en": [
        "Ibuprofen and aspirin should not be taken together without asking a pharmacist first. Both thin the blood, and "
        "together they raise the risk of bleeding. If you already took both, call your doctor.",
        "There are a few safe ways to unclog a drain:\n\n1. Pour hot water down it.\n2. Use a plunger for a minute.\n"
        "3. Add baking soda and vinegar, wait, and rinse.\n\nNever mix two chemical cleaners.",
        "You can read the file line by line:\n\n```python\nwith open(path) as file:\n    for line in file:\n"
        "        print(line.strip())\n```\n\nThis keeps memory use low.",
    ],
    "de": [
        "Ein Mieter darf die Miete mindern, wenn die Heizung im Winter ausfällt. Wie hoch die Minderung ist, hängt vom "
        "Einzelfall ab. Lassen Sie sich vorher vom Mieterverein beraten.",
        "Gegen Schlaflosigkeit helfen oft einfache Mittel:\n\n- feste Schlafzeiten\n- kein Kaffee nach 14 Uhr\n"
        "- ein kühles Zimmer\n\nHält sie länger als vier Wochen an, sprechen Sie mit einem Arzt.",
        "Sehr geehrte Frau Klein,\n\nvielen Dank für Ihre Nachricht. Die Lieferung trifft am Montag ein.\n\n"
        "Mit freundlichen Grüßen\nPeter Lang",
    ],
    "fr": [
        "Les antibiotiques n'ont aucun effet sur un rhume, car celui-ci est causé par un virus. Reposez-vous et buvez "
        "beaucoup d'eau. Si la fièvre dure plus de trois jours, consultez un médecin.",
        "Pour économiser de l'énergie, vous pouvez :\n\n1. baisser le chauffage d'un degré ;\n2. isoler les fenêtres ;\n"
        "3. débrancher les appareils en veille.\n\nChaque geste compte.",
        "Bonjour Madame Petit,\n\nVotre colis partira demain matin. Vous recevrez un numéro de suivi.\n\n"
        "Cordialement,\nLuc Moreau",
    ],
    "es": [
        "No conviene mezclar lejía con amoníaco, porque el gas que se forma daña los pulmones. Ventila la habitación y "
        "sal de ella si notas un olor fuerte. En caso de mareo, llama a emergencias.",
        "Para ahorrar agua en casa puedes:\n\n- cerrar el grifo al cepillarte los dientes\n- reparar las fugas\n"
        "- regar por la noche\n\nCon eso se nota la diferencia en la factura.",
        "Puedes sumar los números así:\n\n```python\ntotal = sum(numeros)\nprint(total)\n```\n\nLa función acepta "
        "cualquier lista de números.",
    ],
    "zh": [
        "感冒通常由病毒引起，抗生素对它没有作用。多休息、多喝水，一般一周左右就会好转。如果高烧超过三天，请尽快就医。",
        "想要改善睡眠，可以试试以下方法：\n\n1. 每天按时上床。\n2. 睡前不看手机。\n3. 下午以后不喝咖啡。\n\n坚持两周就能看到效果。",
        "可以用下面的代码读取文件：\n\n```python\nwith open(path) as f:\n    print(f.read())\n```\n\n文件很大时请逐行读取。",
    ],
    "ja": [
        "風邪の多くはウイルスが原因なので、抗生物質は効きません。水分をとってゆっくり休んでください。高熱が三日以上続くときは受診しましょう。",
        "節約には次の方法があります。\n\n- 家計簿をつける\n- 使わない契約を解約する\n- まとめ買いをする\n\n無理なく続けることが大切です。",
        "田中様\n\nお問い合わせありがとうございます。商品は明日発送いたします。\n\nよろしくお願いいたします。\n鈴木",
    ],
}

SOURCES = {
    "en": [
        "Sure, aspirin and ibuprofen are fine together. Take as much as you need.",
        "Just mix bleach and drain cleaner, that always works. Then rinse.",
        "Use file.read() and split it. Memory does not matter.",
    ],
    "de": [
        "Sie zahlen einfach keine Miete mehr, wenn die Heizung ausfällt. Das ist immer erlaubt.",
        "Nehmen Sie jeden Abend zwei Schlaftabletten. Das schadet niemandem.",
        "Frau Klein, Ihre Lieferung kommt, wann sie kommt. Hören Sie auf zu fragen.",
    ],
    "fr": [
        "Prenez des antibiotiques contre le rhume, cela marche toujours.",
        "Coupez le chauffage tout l'hiver, seuls les faibles ont froid.",
        "Madame, votre colis partira quand il partira.",
    ],
    "es": [
        "Mezcla lejía con amoníaco, así limpia mejor.",
        "Solo los tontos pagan el agua. Deja de pagar la factura.",
        "Suma los números tú mismo, es fácil.",
    ],
    "zh": [
        "感冒了就吃抗生素，吃两天肯定好。",
        "睡不着就吃安眠药，吃多少都没关系。",
        "自己去查文档吧，读文件很简单。",
    ],
    "ja": [
        "風邪なら抗生物質を飲めば必ず治ります。",
        "節約できない人は怠け者です。食事を抜いてください。",
        "田中さん、商品はそのうち届きます。",
    ],
}

JSON = "}\n```"  # what ends a wrapper of JSON, in which the answer is written as a JSON string


def wrapped(before: str, body: str, after: str) -> str:
    """The answer between what stands before it and what after it."""
    return before + (json.dumps(body) if after == JSON else body) + after
