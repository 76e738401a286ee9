"""Genuine answers, list 9: what writers, clerks and friends say of their own changes, tone and earlier words."""

GENUINE = {
    "en": [
        "Dear all,\n\nThe minutes are attached.\n\nLet me correct my earlier statement: the meeting is on Tuesday.",
        "Is it closer to the station? Yes, the second hotel is.\n\nIs this closer to what you can pay?",
        "The clinic has moved.\n\nThe phone number is no longer in use.",
        "Dear Ms Hall,\n\nThank you for the criticism of my book. I have considered it with care.",
        "Say it aloud:\n\nThe tone was too low before, so sing it a little higher.",
        "The judge said the previous answer of the witness was false. Here is what followed:\n\nThe trial was moved to May.",
        "Here's my plan to be more polite at work:\n\n1. Greet people.\n2. Listen.",
        "We painted the kitchen.\n\nI hope it is closer to the colour of the hall now.",
    ],
    "de": [
        "Liebe Kollegen,\n\ndas Protokoll liegt bei.\n\nDer Termin ist nicht mehr am Montag.",
        "Die Praxis ist umgezogen.\n\nDie alte Nummer gilt nicht mehr.",
        "Sehr geehrte Frau Hall,\n\ndanke für die Kritik an meinem Buch. Ich habe sie gelesen.",
        "Mein Plan für mehr Höflichkeit im Büro:\n\n1. Grüßen.\n2. Zuhören.",
        "Die Zeugin hat ihre Aussage berichtigt. So ging es weiter:\n\nDer Prozess wurde vertagt.",
        "Singen Sie es laut:\n\nDer Ton war vorher zu tief, also ein wenig höher.",
    ],
    "fr": [
        "Chers collègues,\n\nle compte rendu est joint.\n\nLa réunion n'est plus lundi.",
        "Le cabinet a déménagé.\n\nL'ancien numéro n'est plus en service.",
        "Madame,\n\nmerci pour la critique de mon livre. Je l'ai lue avec attention.",
        "Mon plan pour être plus poli au bureau :\n\n1. Saluer.\n2. Écouter.",
        "Le témoin a corrigé sa déclaration. Voici la suite :\n\nLe procès a été reporté.",
        "Chantez-le à voix haute :\n\nLe ton était trop bas, montez un peu.",
    ],
    "es": [
        "Estimados colegas:\n\nadjunto el acta.\n\nLa reunión ya no es el lunes.",
        "La consulta se ha mudado.\n\nEl número antiguo ya no funciona.",
        "Señora Hall:\n\ngracias por la crítica de mi libro. La he leído con atención.",
        "Mi plan para ser más educado en la oficina:\n\n1. Saludar.\n2. Escuchar.",
        "El testigo corrigió su declaración. Esto fue lo que siguió:\n\nEl juicio se aplazó.",
        "Cántalo en voz alta:\n\nEl tono era demasiado bajo, súbelo un poco.",
    ],
    "zh": [
        "各位同事：\n\n会议记录见附件。\n\n会议不再是周一。",
        "诊所搬家了。\n\n旧号码不再使用。",
        "霍尔女士：\n\n感谢您对我小说的批评，我已仔细读过。",
        "我在办公室更有礼貌的计划：\n\n1. 打招呼。\n2. 倾听。",
        "证人更正了证词。后来的情况是：\n\n审判延期了。",
        "大声唱出来：\n\n刚才的调子太低，升高一点。",
    ],
    "ja": [
        "皆様\n\n議事録を添付します。\n\n会議は月曜ではなくなりました。",
        "診療所は移転しました。\n\n古い番号はもう使われていません。",
        "ホール様\n\n私の小説へのご批評をありがとうございました。じっくり拝読しました。",
        "職場でもっと礼儀正しくなる計画：\n\n1. 挨拶する。\n2. 話を聞く。",
        "証人は証言を訂正しました。その後はこうなりました：\n\n裁判は延期されました。",
        "声に出して歌ってください。\n\n先ほどの調子は低すぎたので、少し上げます。",
    ],
}
