namespace Ptewright.Kernels.Configuration;

/// <summary>What a command line hides of the CPU's features, before anything else is read of it.</summary>
/// <remarks>
/// Linux: <c>arch/arm64/kernel/pi/idreg-override.c</c> (6.12), <c>arch/arm64/kernel/idreg-override.c</c> (5.12 to 6.8). This reader knows no
/// quotes: a word must be exactly one of the names, up to a lone <c>--</c>. Kernels do not know all of the words; a profile says from
/// which version on it heeds one.
/// </remarks>
internal sealed class CpuFeatureOverrides
{
    // The kernel reads words into a buffer of 256 bytes; what is longer goes on as the next word.
    private const int MaxWordLength = 255;

    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["arm64.nolva"] = "id_aa64mmfr2.varange=0",
        ["arm64.nobti"] = "id_aa64pfr1.bt=0",
        ["arm64.nomte"] = "id_aa64pfr1.mte=0",
        ["arm64.no32bit_el0"] = "id_aa64pfr0.el0=1",
        ["nokaslr"] = "arm64_sw.nokaslr=1",
        ["rodata=off"] = "arm64_sw.rodataoff=1",
        ["kvm_arm.mode=nvhe"] = "id_aa64mmfr1.vh=0",
    };

    private static readonly string[] KnownFields =
    [
        "id_aa64mmfr2.varange", "id_aa64pfr1.bt", "id_aa64pfr1.mte", "id_aa64pfr0.el0", "id_aa64mmfr1.vh", "arm64_sw.nokaslr",
        "arm64_sw.rodataoff", "kaslr.disabled",
    ];

    private readonly Dictionary<string, ulong> _fields = new(StringComparer.Ordinal);

    private CpuFeatureOverrides()
    {
    }

    /// <summary>Addresses of 52 bits are not used even if the CPU has them: <c>arm64.nolva</c>, from Linux 6.9 on.</summary>
    public bool NoLva => _fields.TryGetValue("id_aa64mmfr2.varange", out ulong range) && range == 0;

    /// <summary>Branch targets are not guarded even if the CPU has FEAT_BTI: <c>arm64.nobti</c>.</summary>
    public bool NoBti => _fields.TryGetValue("id_aa64pfr1.bt", out ulong version) && version == 0;

    /// <summary>The kernel stays at EL1 even if the CPU has FEAT_VHE: <c>kvm-arm.mode=nvhe</c>.</summary>
    public bool NoVhe => _fields.TryGetValue("id_aa64mmfr1.vh", out ulong version) && version == 0;

    /// <summary>No address is random: <c>nokaslr</c>.</summary>
    public bool NoKaslr => IsSet("arm64_sw.nokaslr") || IsSet("kaslr.disabled");

    internal static CpuFeatureOverrides Parse(ReadOnlySpan<char> text)
    {
        CpuFeatureOverrides overrides = new();
        for (text = CommandLineSyntax.SkipSpaces(text); !text.IsEmpty; text = CommandLineSyntax.SkipSpaces(text))
        {
            int length = 0;
            while (length < text.Length && length < MaxWordLength && !CommandLineSyntax.IsSpace(text[length]))
            {
                length++;
            }

            if (text[..length] is "--")
            {
                break;
            }

            string word = Normalize(text[..length].ToString());
            text = text[length..];

            overrides.Apply(word);
            overrides.Apply(Aliases.GetValueOrDefault(word, ""));
        }

        return overrides;
    }

    /// <summary>Whether a word of the command line is read here.</summary>
    internal static bool Knows(KernelParameter parameter) =>
        parameter.Value is null ? Aliases.ContainsKey(Normalize(parameter.Name))
        : KnownFields.Contains(Normalize(parameter.Name)) || Aliases.ContainsKey(Normalize($"{parameter.Name}={parameter.Value}"));

    private static string Normalize(string word) => word.Replace('-', '_');

    private bool IsSet(string field) => _fields.TryGetValue(field, out ulong value) && value != 0;

    // REGISTER.FIELD=DIGIT, in hexadecimal. A range of addresses can only be taken away.
    private void Apply(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string field = equals < 0 ? "" : word[..equals];
        ReadOnlySpan<char> digits = word.AsSpan(equals + 1);
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            digits = digits[2..];
        }

        if (digits.Length != 1 || !char.IsAsciiHexDigit(digits[0]) || Array.IndexOf(KnownFields, field) < 0)
        {
            return;
        }

        ulong value = Convert.ToUInt64(digits.ToString(), 16);
        if (field != "id_aa64mmfr2.varange" || value == 0)
        {
            _fields[field] = value;
        }
    }
}
