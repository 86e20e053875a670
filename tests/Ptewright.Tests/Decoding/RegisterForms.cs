using Ptewright.Decoding;

namespace Ptewright.Tests.Decoding;

/// <summary>All forms that registers and operands may have.</summary>
internal static class RegisterForms
{
    /// <summary>The instructions' names as the Arm ARM lists them, without IS, OS and nXS.</summary>
    public static readonly string[] Instructions =
    [
        "VMALLE1", "VMALLS12E1", "VMALLWS2E1", "ALLE1", "ALLE2", "ALLE3", "ASIDE1",
        "VAE1", "VAAE1", "VALE1", "VAALE1", "VAE2", "VALE2", "VAE3", "VALE3", "IPAS2E1", "IPAS2LE1",
        "RVAE1", "RVAAE1", "RVALE1", "RVAALE1", "RVAE2", "RVALE2", "RVAE3", "RVALE3", "RIPAS2E1", "RIPAS2LE1",
    ];

    /// <summary>A register with several values, without those that have the same form.</summary>
    public static IEnumerable<FieldLayout> Of(string register, IEnumerable<ulong> values) =>
        values.Select(value => RegisterLayouts.Of(register, false, value)).DistinctBy(form => string.Join(' ', form.Fields.Select(field => field.Name).Prepend(form.Name)));

    /// <summary>The operands of all instructions, ranges with every granule.</summary>
    public static IEnumerable<FieldLayout> OfOperands() =>
        from name in Instructions
        from isLpa2 in new[] { false, true }
        from granule in name[0] == 'R' ? new ulong[] { 0, 1, 2, 3 } : [0]
        select TlbiLayouts.Of(TlbiOperation.Parse(name), isLpa2, granule << 46);
}
