/// Ordinary words for generated answers to draw on, in the language of the question.
enum AnswerVocabulary {
    case english, spanish

    /// Guesses the language of a text from the words that only one of the two has.
    init(of words: WordList) {
        var balance = 0
        for word in words.words {
            if Self.englishMarks.contains(word.hash) { balance -= word.count }
            if Self.spanishMarks.contains(word.hash) { balance += word.count }
        }
        self = balance > 0 ? .spanish : .english
    }

    var words: WordList {
        switch self {
        case .english: Self.englishWords
        case .spanish: Self.spanishWords
        }
    }

    private static let englishMarks = WordList(
        "the of and to is what how why it that in for with does which are by an or from", shortest: 1)
    private static let spanishMarks = WordList(
        "el la de que qué los las y cómo por una un es en cuál con se del al para", shortest: 1)

    private static let englishWords = WordList(
        """
        about above according across actually advice again almost along already also although always among amount \
        another answer anyone anything appear around asked available average away back basic because become before \
        begin behind believe below benefit best better between beyond body book both bring broad build business call \
        careful carry case cause central certain chance change check choice choose clear close collect combine come \
        common compare complete concern condition consider contain continue control correct cost could count couple \
        course cover create current daily deal decide deep degree depend describe despite detail develop different \
        difficult direct discover doubt during each early easily effect effort either else enough entire especially \
        even event ever every evidence exact example except expect experience explain express extra fact fairly false \
        familiar family famous far favour feature feel few field final find first follow form found free frequent \
        friend full further future gain general generally give given good great group grow guess half hand happen hard \
        hardly have help here high history hold hope however idea imagine important improve include increase indeed \
        inside instead interest involve issue item itself join just keep kind know known large last late later lead \
        learn least leave less level light like likely limit line list little local long look lose lower main mainly \
        make many mark matter maybe mean measure meet mention method middle might mind minor moment more most mostly \
        move much must name natural near nearly need never next nobody normal note nothing notice number object \
        obvious occur offer often once only open opinion option order original other otherwise outside over own part \
        particular pass past people perhaps period person piece place plain plan play plenty point popular position \
        possible practice prefer prepare present pretty prevent probably problem process produce proper prove provide \
        public purpose quality question quick quite raise range rarely rather reach read ready real really reason \
        recent reduce refer regular relate remain remember remove repeat report require rest result return right \
        rough rule safe same save search second seem sense separate serious several shape share short should show \
        side similar simple simply since single situation size slow small some someone sometimes soon sort source \
        special specific stand start state stay step still stop story strong study subject such suggest suitable \
        support suppose sure system take talk task tell tend term test than their then there these thing think third \
        those though through time together total toward true turn type typical under understand unit until upper use \
        used useful usual usually value various very view visit want watch way well were when where whether while \
        whole wide within without wonder word work world would wrong year yet young
        """, shortest: 1)

    private static let spanishWords = WordList(
        """
        abajo abierto acaso acerca además adelante ahora algo alguien alguna algunos allí alrededor alto amigo amplio \
        antes anterior aparece apenas aprender aquel aquí arriba asunto aumento aunque ayuda bajo barrio base bastante \
        bien breve buena buscar cada calidad cambio camino campo cantidad capaz casa casi caso causa central cerca \
        ciencia cierto claro común comparar completo condición conocer conseguir considerar contar continuo control \
        correcto cosa crear creer cual cualquier cuando cuanto cuenta cuidado cumplir curso dato debajo deber decidir \
        decir dejar demasiado dentro depende derecho desarrollo desde detalle después detrás diario diferente difícil \
        directo diverso doble donde duda durante efecto ejemplo ellos empezar encima encontrar enseguida entender \
        entero entonces entrada entre enviar época equipo escribir escuela especial esperar estado estas estudio \
        evidente evitar exacto existe éxito experiencia explicar extremo fácil factor familia famoso favor fecha fin \
        final fondo forma frecuente frente fuera fuerte función futuro ganar general gente grado gran grupo gusta \
        haber habitual hacer hacia hasta hecho historia hombre hora idea igual imagen importa incluso indicar inicio \
        intento interés interior jamás joven junto lado largo lejos lento letra leve ley libre libro límite lista \
        llamar llegar lleno lograr luego lugar luz manera mano mañana marca mayor mayoría media medida mejor menor \
        menos mental mientras mínimo mirar mismo modo momento mostrar motivo mucho mujer mundo muestra nada nadie \
        natural necesario ningún nivel noche nombre normal notar novedad nueva número nunca objeto obra observar \
        ocurre ofrecer oficina opción opinión orden origen otra otro página país palabra papel parar parece parte \
        partir pasado paso pedir pensar pequeño perder período permite pero persona pesar pieza plan plazo poco poder \
        poner popular porque posible práctica precio preciso pregunta preparar presente primero principal probable \
        problema proceso producir pronto propio próximo prueba público pueblo puede punto quedar querer quizá raro \
        razón realidad recibir reciente recordar reducir referir regla relación repetir requiere resolver respecto \
        respuesta resto resultado reunir saber salida salvo seguir según segundo seguro semana sencillo sentido señal \
        separar serie serio servir siempre siglo siguiente similar simple sino sistema sitio situación sobre social \
        solo solución suele suficiente sujeto suma suponer tamaño también tampoco tanto tarde tarea tema temprano \
        tener tercero término tiempo tierra típico tipo todavía todo tomar total trabajo tras tratar través último \
        único unidad unir usar usual útil valor variar varios veces vecino venir verdad vida viejo visita vista vivir \
        volver vuelta zona
        """, shortest: 1)
}
