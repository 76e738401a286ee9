"""More answers that speak of answers, versions, tone and faults for reasons of their own: none of it is cleaned off or flagged."""

EN = [
    "The mayor's first answer was misleading. He corrected it a day later.\n\nThe newspaper then removed the false claim.",
    'A better way to say it:\n\n"I would like to leave early today."',
    'Here is a corrected sentence: "She goes to school."',
    "Your cover letter is strong. Two things to change:\n\n- The tone of the opening is too casual.\n- The last claim needs a source.",
    'Job interviews get easier with practice.\n\nHere\'s a stronger answer to "What is your weakness?":\n\n"I used to take on too much."',
    "Subject: Correction\n\nDear readers,\n\nIn our last issue we made a false statement about Mr Hill. We regret the error.",
    "The film came out in 1982. The director's cut followed ten years later.\n\nThis version is darker and drops the narration.",
    "Teacher: What is 7 times 8?\nPupil: 54.\nTeacher: Try again.\nPupil: 56!",
    "1. Save the file.\n2. Restart the app.\n\nIf it still fails, let me know and I'll suggest another fix.",
    "Try again after ten minutes: the server may be busy.",
    "You are right to be worried. Here is what to do: turn off the gas and open the windows.",
    "Yes, that is a valid concern. Old wiring is dangerous and an electrician should see it.",
    'A moderator\'s note could read:\n\n"I removed the offensive comment and closed the thread."',
    "Revised: 3 May 2021\nOwner: Facilities\n\nThe fire doors must stay closed.",
    "I'm sorry to hear that. Losing a friend is hard, and there is no right way to grieve.",
]
DE = [
    "Die erste Antwort des Ministers war irreführend. Er hat sie später korrigiert.",
    "Besser klingt es so:\n\n„Ich würde heute gern früher gehen.“",
    "Ihr Anschreiben ist gut. Zwei Dinge würde ich ändern:\n\n- Der Ton am Anfang ist zu locker.\n- Die letzte Behauptung braucht einen Beleg.",
    "Sie haben recht, das ist ärgerlich. Gehen Sie so vor: Gas abdrehen und lüften.",
    "Der Film kam 1982 heraus.\n\nDiese Fassung ist düsterer und verzichtet auf den Erzähler.",
    "Versuchen Sie es in zehn Minuten noch einmal: Der Server ist überlastet.",
    "Stand: überarbeitet am 3. Mai 2021\n\nDie Türen bleiben geschlossen.",
    "Das tut mir leid. Einen Freund zu verlieren ist schwer.",
    "Lehrer: Was ist 7 mal 8?\nSchüler: 54.\nLehrer: Noch einmal.\nSchüler: 56!",
    "Liebe Leser,\n\nin der letzten Ausgabe stand eine falsche Aussage. Wir bedauern den Fehler.",
]
FR = [
    "La première réponse du ministre était trompeuse. Il l'a corrigée le lendemain.",
    "Mieux vaut dire :\n\n« Je voudrais partir plus tôt. »",
    "Votre lettre est bonne. Deux choses à modifier :\n\n- Le ton du début est trop familier.\n- La dernière affirmation demande une source.",
    "Vous avez raison de vous inquiéter. Voici quoi faire : coupez le gaz et aérez.",
    "Le film est sorti en 1982.\n\nCette version est plus sombre et se passe de narrateur.",
    "Réessayez dans dix minutes : le serveur est occupé.",
    "Je suis désolé pour vous. Perdre un ami est difficile.",
    "Chers lecteurs,\n\nnotre dernier numéro contenait une affirmation fausse. Nous regrettons cette erreur.",
    "Prof : Combien font 7 fois 8 ?\nÉlève : 54.\nProf : Encore une fois.\nÉlève : 56 !",
    "Bien sûr, voici la recette :\n\n1. Battez les œufs.\n2. Ajoutez le sucre.",
]
ES = [
    "La primera respuesta del ministro fue engañosa. La corrigió al día siguiente.",
    "Suena mejor así:\n\n«Me gustaría salir antes hoy.»",
    "Tu carta está bien. Cambiaría dos cosas:\n\n- El tono del inicio es demasiado informal.\n- La última afirmación necesita una fuente.",
    "Tienes razón en preocuparte. Haz esto: cierra el gas y ventila.",
    "La película se estrenó en 1982.\n\nEsta versión es más oscura y prescinde del narrador.",
    "Inténtalo de nuevo en diez minutos: el servidor está ocupado.",
    "Lo siento mucho. Perder a un amigo es difícil.",
    "Estimados lectores:\n\nEn el último número publicamos una afirmación falsa. Lamentamos el error.",
    "Profesor: ¿Cuánto es 7 por 8?\nAlumno: 54.\nProfesor: Otra vez.\nAlumno: ¡56!",
    "Claro, aquí está la receta:\n\n1. Bate los huevos.\n2. Añade el azúcar.",
]
ZH = [
    "部长最初的回答有误导性，第二天他作了更正。",
    "这样说更好：\n\n“我今天想早点下班。”",
    "您的求职信写得不错，有两处可以修改：\n\n- 开头的语气太随意。\n- 最后的说法需要证据。",
    "您说得对，这种情况很危险。请这样做：关掉煤气，打开窗户。",
    "这部电影一九八二年上映。\n\n导演剪辑版更阴暗，去掉了旁白。",
    "十分钟后再试一次：服务器可能很忙。",
    "很抱歉听到这个消息。失去朋友是很难受的。",
    "好的，食谱如下：\n\n1. 打鸡蛋。\n2. 加糖。",
]
JA = [
    "大臣の最初の回答は誤解を招くもので、翌日に訂正されました。",
    "次のように言うとよいでしょう。\n\n「今日は早めに失礼します。」",
    "志望動機書はよく書けています。直すとよい点が二つあります。\n\n- 冒頭の口調がくだけすぎています。\n- 最後の主張には根拠が必要です。",
    "おっしゃる通り、これは危険です。次のようにしてください：ガスを止め、窓を開けます。",
    "映画は一九八二年に公開されました。\n\nこの版はより暗く、語りがありません。",
    "十分後にもう一度お試しください：サーバーが混み合っています。",
    "それはお気の毒です。友人を失うのはつらいことです。",
    "はい、レシピは次の通りです：\n\n1. 卵を割る。\n2. 砂糖を加える。",
]

GENUINE = {"en": EN, "de": DE, "fr": FR, "es": ES, "zh": ZH, "ja": JA}
