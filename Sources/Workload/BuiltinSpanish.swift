extension BuiltinCorpus {
    /// A line with a question, a line with its answer, and so on.
    static let spanish = """
        ¿Cuál es la capital de Perú?
        La capital de Perú es Lima, una ciudad de la costa del Pacífico donde vive cerca de un tercio de la población del país.
        ¿Por qué el cielo es azul?
        Las moléculas del aire dispersan mucho más la luz de onda corta, como la azul, que la de onda larga. Por eso nos llega luz azul desde todas las direcciones del cielo, mientras que la roja casi sigue recta.
        ¿Quién escribió Cien años de soledad?
        La novela es de Gabriel García Márquez, escritor colombiano que la publicó en 1967 y recibió el Premio Nobel de Literatura en 1982.
        ¿Cómo se prepara una tortilla de patatas?
        Se fríen a fuego lento patatas cortadas en láminas finas, con cebolla si gusta, hasta que estén tiernas. Se escurren, se mezclan con huevos batidos y sal, y se cuaja la mezcla en la sartén por los dos lados, dándole la vuelta con un plato.
        ¿Qué es la fotosíntesis?
        Es el proceso con el que las plantas, las algas y algunas bacterias usan la luz del sol para convertir agua y dióxido de carbono en azúcares, y liberan oxígeno.
        ¿Cuántos planetas tiene el sistema solar?
        El sistema solar tiene ocho planetas: Mercurio, Venus, Tierra, Marte, Júpiter, Saturno, Urano y Neptuno.
        ¿Por qué Plutón ya no se considera un planeta?
        En 2006 la Unión Astronómica Internacional decidió que un planeta debe haber despejado los alrededores de su órbita. Plutón comparte la suya con muchos otros cuerpos helados, así que hoy se le llama planeta enano.
        ¿Quién pintó Las meninas?
        Diego Velázquez pintó Las meninas en 1656; el cuadro se puede ver en el Museo del Prado de Madrid.
        ¿Qué diferencia hay entre un virus y una bacteria?
        La bacteria es una célula que se alimenta y se multiplica por sí misma. El virus es mucho más pequeño y solo se reproduce dentro de otra célula. Los antibióticos sirven contra las bacterias, pero no contra los virus.
        ¿Cuál es el río más largo de España?
        El Tajo es el río más largo de la península ibérica; el Ebro es el más largo de los que discurren por completo en España.
        ¿Cómo funciona una vacuna?
        La vacuna presenta al sistema inmunitario una parte inofensiva o debilitada de un germen. El cuerpo crea anticuerpos y células de memoria, de modo que, cuando llega el germen verdadero, la defensa responde enseguida.
        ¿Cuándo llegó Cristóbal Colón a América?
        Colón llegó a una isla de las Bahamas el 12 de octubre de 1492, convencido de haber alcanzado Asia.
        ¿Qué es la inflación?
        La inflación es la subida general de los precios a lo largo del tiempo, por la que con el mismo dinero se compra cada vez menos.
        ¿Por qué flota el hielo en el agua?
        Al congelarse, las moléculas del agua forman una red con huecos y el volumen aumenta. El hielo resulta un nueve por ciento menos denso que el agua líquida y por eso flota.
        ¿Cuál es el océano más grande?
        El océano Pacífico es el más grande y profundo: cubre cerca de un tercio de la superficie de la Tierra.
        ¿Cómo puedo ahorrar energía en casa?
        Conviene aislar bien puertas y ventanas, bajar la calefacción un grado, usar bombillas LED, lavar con agua fría, apagar del todo los aparatos en espera y elegir electrodomésticos eficientes cuando toque cambiarlos.
        ¿Qué es el ADN?
        El ADN, ácido desoxirribonucleico, es la molécula que guarda las instrucciones genéticas de los seres vivos en forma de doble hélice.
        ¿Quién fue Simón Bolívar?
        Simón Bolívar fue un militar y político nacido en Caracas en 1783. Dirigió la independencia de Venezuela, Colombia, Ecuador, Perú y Bolivia, y soñó con unir a las naciones de Hispanoamérica.
        ¿Qué causa las mareas?
        Las mareas se deben sobre todo a la atracción de la Luna, que es más fuerte en el lado de la Tierra que tiene más cerca, y en menor medida a la del Sol.
        ¿Cuántos huesos tiene el cuerpo humano adulto?
        Un adulto tiene 206 huesos; los recién nacidos tienen más, porque varios se unen durante la infancia.
        ¿Cómo se calcula el área de un triángulo?
        Se multiplica la base por la altura y el resultado se divide entre dos.
        ¿Qué es una metáfora?
        Es una figura con la que se nombra una cosa con el nombre de otra a la que se parece, como cuando se llama perlas a los dientes.
        ¿Por qué lloramos al cortar cebolla?
        Al cortarla se rompen sus células y una enzima produce un gas con azufre que irrita los ojos. Las lágrimas sirven para limpiarlo. Ayuda enfriar la cebolla antes o usar un cuchillo muy afilado.
        ¿Cuál es la moneda de México?
        La moneda de México es el peso mexicano, que se divide en cien centavos.
        ¿Qué fue la Guerra Civil española?
        Fue el conflicto que enfrentó entre 1936 y 1939 al gobierno de la Segunda República con los militares sublevados. Ganaron estos, y el general Franco gobernó como dictador hasta su muerte en 1975.
        ¿Cómo se orientan las aves al migrar?
        Se guían por el Sol, las estrellas, el campo magnético de la Tierra y el relieve, y algunas incluso por el olfato. Parte de la ruta es heredada y parte la aprenden de las mayores.
        ¿Qué es un agujero negro?
        Es una región del espacio donde la gravedad es tan intensa que nada, ni siquiera la luz, puede escapar.
        ¿Para qué sirve el hígado?
        El hígado filtra la sangre, elimina sustancias tóxicas, produce la bilis que ayuda a digerir las grasas, almacena azúcar y fabrica muchas proteínas.
        ¿Cuál es el animal más grande del mundo?
        La ballena azul es el animal más grande que se conoce: puede medir treinta metros y pesar más de 150 toneladas.
        ¿Qué es el efecto invernadero?
        Gases como el dióxido de carbono y el vapor de agua dejan pasar la luz del sol, pero retienen parte del calor que emite la Tierra. Sin ellos el planeta estaría helado; con demasiados se calienta más de lo debido.
        ¿Quién inventó la imprenta de tipos móviles en Europa?
        Johannes Gutenberg la desarrolló en Maguncia hacia 1450, aunque en China y Corea ya se conocían antes los tipos móviles.
        ¿Cómo se quita una mancha de aceite de la ropa?
        Hay que absorber el aceite cuanto antes con papel y cubrir la mancha con talco o bicarbonato. Después se frota con unas gotas de lavavajillas y se lava la prenda con el agua más caliente que permita la etiqueta.
        ¿Qué países limitan con Argentina?
        Argentina limita con cinco países: Chile, Bolivia, Paraguay, Brasil y Uruguay.
        ¿Qué es la democracia?
        Es la forma de gobierno en la que el pueblo elige a quienes lo gobiernan en elecciones libres y puede cambiarlos, con leyes y tribunales que limitan el poder.
        ¿Por qué hay estaciones del año?
        El eje de la Tierra está inclinado unos 23,4 grados. A lo largo del año cada hemisferio recibe la luz del sol más directa o más oblicua, y los días son más largos o más cortos; la distancia al Sol apenas influye.
        ¿Cuál es el metal más abundante de la corteza terrestre?
        El aluminio es el metal más abundante de la corteza terrestre, con cerca del ocho por ciento de su masa.
        ¿Qué significa la palabra ubicuo?
        Ubicuo se dice de lo que está presente en todas partes al mismo tiempo, o de quien parece estar siempre en movimiento.
        ¿Cómo late el corazón?
        Un grupo de células de la aurícula derecha emite impulsos eléctricos que contraen primero las aurículas y luego los ventrículos. Las válvulas impiden que la sangre vuelva atrás.
        ¿Qué es el Camino de Santiago?
        Es una red de rutas de peregrinación que llevan a la catedral de Santiago de Compostela, en Galicia, donde según la tradición está enterrado el apóstol Santiago.
        ¿Quién fue Frida Kahlo?
        Frida Kahlo fue una pintora mexicana conocida por sus autorretratos, en los que mostró el dolor de su accidente, su vida con Diego Rivera y la cultura popular de México.
        ¿Cuánto tarda la luz del Sol en llegar a la Tierra?
        La luz del Sol tarda unos ocho minutos y veinte segundos en llegar.
        ¿Qué es un número primo?
        Es un número natural mayor que uno que solo se puede dividir exactamente entre uno y entre sí mismo.
        ¿Por qué es salado el mar?
        La lluvia arranca minerales de las rocas y los ríos los llevan al mar. El agua se evapora y las sales se quedan, de modo que se han ido concentrando durante millones de años.
        ¿Cuál es la lengua con más hablantes nativos?
        El chino mandarín tiene más de novecientos millones de hablantes nativos; el español es la segunda.
        ¿Cómo se cuida un cactus?
        Necesita mucha luz, tierra que drene bien y poco riego: en verano cada dos semanas, cuando la tierra esté seca del todo, y en invierno casi nada. El exceso de agua pudre las raíces.
        ¿Qué es la Constitución de un país?
        Es la ley suprema de un Estado: fija los derechos de las personas, organiza los poderes públicos y pone límites a quienes gobiernan.
        ¿Quién descubrió la penicilina?
        Alexander Fleming la descubrió en 1928, al ver que un moho había matado las bacterias de una placa de cultivo.
        ¿Qué es la altitud de una ciudad?
        La altitud es la distancia vertical entre un lugar y el nivel medio del mar.
        ¿A qué altitud está la ciudad de El Alto, en Bolivia?
        El Alto, junto a La Paz, está a unos 4.100 metros sobre el nivel del mar y es una de las grandes ciudades más altas del mundo.
        ¿Por qué bostezamos?
        No se sabe con seguridad. Puede que bostezar enfríe el cerebro o nos mantenga despiertos cuando estamos cansados o aburridos; además se contagia al verlo en otras personas.
        ¿Qué es la energía renovable?
        Es la que procede de fuentes que no se agotan a escala humana, como el sol, el viento, el agua, el calor de la tierra o la biomasa bien gestionada.
        ¿Cómo se hace un buen currículum?
        Debe ocupar una o dos páginas, empezar por lo más reciente y destacar logros concretos que interesen al puesto. Conviene cuidar la ortografía, usar un diseño limpio y evitar datos personales innecesarios.
        ¿Cuál es la fórmula química del agua?
        La fórmula del agua es H2O: dos átomos de hidrógeno unidos a uno de oxígeno.
        ¿Qué es el Renacimiento?
        Fue un movimiento cultural de los siglos XV y XVI que nació en Italia, recuperó el arte y el pensamiento de Grecia y Roma y puso al ser humano en el centro.
        ¿Cómo se forma un arcoíris?
        La luz del sol entra en las gotas de lluvia, se refracta, se refleja en el fondo y sale separada en colores. Se ve cuando el sol queda a la espalda y llueve delante.
        ¿Qué es una molécula?
        Es un grupo de átomos unidos por enlaces químicos, la parte más pequeña de una sustancia que conserva sus propiedades.
        ¿Quién fue Isabel la Católica?
        Isabel fue reina de Castilla de 1474 a 1504. Con su marido, Fernando de Aragón, conquistó Granada, apoyó el viaje de Colón y ordenó expulsar a los judíos en 1492.
        ¿Cuántos jugadores hay en un equipo de baloncesto en la pista?
        Cada equipo de baloncesto tiene cinco jugadores en la pista y varios suplentes en el banquillo.
        ¿Por qué ronronean los gatos?
        Lo hacen con movimientos rápidos de los músculos de la laringe mientras respiran. Suele indicar bienestar, aunque también ronronean cuando están heridos o asustados, quizá para calmarse.
        ¿Qué es el código abierto?
        Es el software cuyo código fuente se publica con una licencia que permite usarlo, estudiarlo, modificarlo y compartirlo.
        ¿Cómo se reduce el estrés antes de un examen?
        Ayuda estudiar con un plan y descansos, dormir bien la noche anterior, respirar despacio y hondo durante unos minutos y empezar por las preguntas que mejor se saben.
        ¿Cuál es la montaña más alta de América?
        El Aconcagua, en la provincia argentina de Mendoza, es la montaña más alta de América, con 6.961 metros.
        ¿Qué es la Amazonia?
        Es la mayor selva tropical del mundo, en la cuenca del río Amazonas. Se reparte entre nueve países o territorios, sobre todo Brasil y Perú, y alberga una enorme variedad de especies.
        ¿Cómo se dice gracias en japonés?
        La forma habitual es arigatō, y la más cortés, arigatō gozaimasu.
        ¿Por qué los metales se notan más fríos que la madera?
        Están a la misma temperatura, pero el metal conduce el calor de la mano mucho mejor, así que la piel se enfría más deprisa.
        ¿Qué es una célula madre?
        Es una célula que todavía no se ha especializado y que puede dividirse y convertirse en células de distintos tejidos.
        ¿Quién compuso Las cuatro estaciones?
        Antonio Vivaldi, compositor veneciano, publicó estos cuatro conciertos para violín en 1725.
        ¿Qué es el producto interior bruto?
        Es el valor de todos los bienes y servicios finales que se producen en un país durante un período, normalmente un año.
        ¿Cómo se limpia una sartén de hierro fundido?
        Se lava con agua caliente y un cepillo, con poco jabón o ninguno, y se seca enseguida al fuego. Después se frota con una capa muy fina de aceite para que no se oxide.
        ¿Cuándo terminó la Segunda Guerra Mundial?
        En Europa terminó el 8 de mayo de 1945 con la rendición de Alemania, y en Asia el 2 de septiembre con la de Japón.
        ¿Qué son los derechos humanos?
        Son los derechos que toda persona tiene por el hecho de serlo, como la vida, la libertad y la igualdad ante la ley. La ONU los proclamó en la Declaración Universal de 1948.
        ¿Cuál es el desierto más seco del mundo?
        El desierto de Atacama, en el norte de Chile, se considera el lugar no polar más seco del mundo.
        ¿Por qué se oxida el hierro?
        El hierro reacciona con el oxígeno y el agua y forma óxidos hidratados. La sal acelera el proceso; la pintura, el aceite o una capa de zinc lo evitan.
        ¿Qué es un soneto?
        Es un poema de catorce versos, por lo común endecasílabos, repartidos en dos cuartetos y dos tercetos.
        ¿Cómo funciona un panel solar?
        La luz que llega a las células de silicio libera electrones, y el campo eléctrico de la célula los mueve en un solo sentido. Así se obtiene corriente continua, que un inversor convierte en alterna para la casa.
        ¿Quién fue el primer presidente de Estados Unidos?
        George Washington fue el primer presidente, de 1789 a 1797, después de haber mandado el ejército en la guerra de independencia.
        ¿Qué es la diabetes?
        Es una enfermedad en la que hay demasiado azúcar en la sangre, porque el cuerpo no produce suficiente insulina o no la aprovecha bien. Se controla con alimentación, ejercicio y medicamentos.
        ¿Cuál es el país más extenso del mundo?
        Rusia es el país más extenso, con unos 17 millones de kilómetros cuadrados entre Europa y Asia.
        ¿Cómo se conserva mejor el pan?
        Lo mejor es guardarlo a temperatura ambiente en una bolsa de tela o de papel. La nevera lo endurece antes; si va a durar más de dos días, conviene congelarlo en rebanadas.
        ¿Qué es el teorema de Pitágoras?
        Dice que en un triángulo rectángulo el cuadrado de la hipotenusa es igual a la suma de los cuadrados de los catetos.
        ¿Por qué se extinguieron los dinosaurios?
        La explicación más aceptada es el choque de un asteroide de unos diez kilómetros en lo que hoy es Yucatán, hace 66 millones de años. El polvo oscureció el cielo, murieron las plantas y se rompieron las cadenas de alimento.
        ¿Qué idioma se habla en Brasil?
        En Brasil se habla portugués, herencia de la época colonial, además de unas doscientas lenguas indígenas.
        ¿Cómo se mide un terremoto?
        Los sismógrafos registran las ondas, y con ellas se calcula la magnitud, que expresa la energía liberada. La intensidad describe los daños y lo que siente la gente en cada lugar.
        ¿Qué es el flamenco?
        Es un arte andaluz de cante, toque de guitarra y baile, nacido del encuentro de gitanos, moriscos y otros pueblos. La UNESCO lo declaró patrimonio inmaterial en 2010.
        ¿Cuál es el órgano más grande del cuerpo humano?
        La piel es el órgano más grande: en un adulto mide cerca de dos metros cuadrados.
        ¿Quién fue Marie Curie?
        Marie Curie fue una científica nacida en Varsovia que trabajó en París. Descubrió el polonio y el radio y fue la primera persona con premios Nobel en dos ciencias, la física y la química.
        ¿Por qué se inclinó la torre de Pisa?
        El suelo bajo la torre es blando y desigual, y cedió por un lado cuando apenas se habían levantado tres pisos en el siglo XII. A finales del siglo XX se retiró tierra del otro lado para estabilizarla.
        ¿Qué es una cooperativa?
        Es una empresa que pertenece a sus socios, que deciden de forma democrática, por lo general con un voto cada uno, y se reparten los beneficios.
        ¿Cómo se convierte una temperatura de Fahrenheit a Celsius?
        Se restan 32 grados y el resultado se multiplica por cinco y se divide entre nueve.
        ¿Cuál es la capital de Australia?
        La capital de Australia es Canberra, construida a propósito entre Sídney y Melbourne, que se disputaban el puesto.
        ¿Qué comen los osos panda?
        Los pandas gigantes comen casi solo bambú: hasta cuarenta kilos de brotes y hojas al día.
        ¿Cómo respiran los peces?
        El agua entra por la boca y pasa por las branquias, unas láminas llenas de vasos sanguíneos que toman el oxígeno disuelto y sueltan dióxido de carbono.
        ¿Qué es la Vía Láctea?
        Es la galaxia en la que está el Sol: una espiral con más de cien mil millones de estrellas que se ve de noche como una franja blanquecina.
        ¿Por qué no hay que mezclar lejía y amoníaco?
        Porque juntos desprenden cloraminas, gases que dañan los ojos y los pulmones y pueden matar. No se deben mezclar productos de limpieza si la etiqueta no lo permite.
        ¿Quién escribió La vida es sueño?
        La vida es sueño es un drama de Pedro Calderón de la Barca, publicado en 1636, sobre la libertad y el destino.
        ¿Qué es el aprendizaje automático?
        Es una forma de lograr que los ordenadores encuentren patrones en ejemplos y hagan predicciones sobre casos nuevos sin que nadie les escriba reglas expresas.
        ¿Cómo se planta un árbol?
        Se cava un hoyo el doble de ancho que las raíces, se coloca el árbol a la misma profundidad que tenía, se rellena con tierra sin apretar demasiado y se riega bien. El primer verano necesita agua cada semana.
        ¿Cuál es el hueso más largo del cuerpo?
        El fémur, el hueso del muslo, es el más largo y uno de los más resistentes del cuerpo.
        ¿Qué fue la Revolución francesa?
        Fue un proceso que empezó en 1789, acabó con la monarquía absoluta y los privilegios de la nobleza y proclamó los derechos del hombre y del ciudadano. Tras años de violencia desembocó en el gobierno de Napoleón.
        ¿Por qué tenemos hipo?
        El hipo es una contracción brusca del diafragma seguida del cierre de las cuerdas vocales. Lo provocan comer deprisa, las bebidas con gas o los nervios.
        ¿Qué es un eclipse de Sol?
        Ocurre cuando la Luna se pone entre la Tierra y el Sol y tapa su luz, del todo o en parte, en una zona de la Tierra.
        ¿Cómo se escribe una carta formal?
        Lleva lugar y fecha, un saludo respetuoso, el motivo en la primera frase, los detalles en párrafos breves y una despedida cortés con la firma. Conviene evitar expresiones familiares.
        ¿Cuál es el lago navegable más alto del mundo?
        Suele decirse que es el Titicaca, entre Perú y Bolivia, situado a unos 3.810 metros de altitud.
        ¿Qué es el quechua?
        Es una familia de lenguas indígenas de los Andes, difundida por los incas, que hoy hablan varios millones de personas en Perú, Bolivia y Ecuador.
        ¿Cómo viaja el sonido?
        El sonido es una vibración que se transmite por un medio como el aire, el agua o un sólido; en el vacío no se propaga. En el aire recorre unos 340 metros por segundo.
        ¿Quién fue Santiago Ramón y Cajal?
        Fue un médico español que demostró que el sistema nervioso está formado por células separadas, las neuronas. Recibió el Premio Nobel de Medicina en 1906 junto con Camillo Golgi.
        ¿Qué es el cambio climático?
        Es el cambio duradero del clima. El actual se debe sobre todo a los gases que emite la humanidad al quemar carbón, petróleo y gas, y ya provoca más olas de calor, sequías, lluvias extremas y subida del mar.
        ¿Para qué sirve la vitamina C?
        Ayuda a formar colágeno, a absorber el hierro y a proteger las células. Abunda en cítricos, kiwis, fresas y pimientos.
        ¿Cuál es la estrella más cercana a la Tierra?
        La más cercana es el Sol; después viene Próxima Centauri, a poco más de cuatro años luz.
        ¿Qué es una copia de seguridad?
        Es una segunda copia de los datos guardada en otro lugar, para recuperarlos si el original se pierde, se daña o lo cifra un programa malicioso. Hay que comprobar de vez en cuando que se puede restaurar.
        ¿Por qué cambian de color las hojas en otoño?
        Cuando los días se acortan, los árboles dejan de producir clorofila, el pigmento verde. Entonces se ven los pigmentos amarillos y naranjas que ya estaban, y algunas especies fabrican además pigmentos rojos.
        ¿Qué es un refrán?
        Es un dicho popular, breve y de autor desconocido, que encierra un consejo o una observación de la vida.
        """
}
