using System.Text.RegularExpressions;
using Ptewright.Texts;

namespace Ptewright.Decoding;

/// <summary>A TLBI instruction, by its name in the Arm ARM: <c>VALE1IS</c>.</summary>
/// <param name="Name">The name in upper case.</param>
/// <param name="Target">What it names.</param>
/// <param name="Level">The Exception level in the name: 1 to 3.</param>
/// <param name="IsRange">Whether it is for a range of pages (FEAT_TLBIRANGE).</param>
/// <param name="IsLastLevel">Whether it leaves what walkers hold of tables: L.</param>
/// <param name="IsOfAllAsids">Whether the ASID does not count: VAA.</param>
/// <param name="Reach">Which CPUs it is for.</param>
/// <param name="LeavesXs">Whether nobody waits for accesses with the XS attribute: nXS (FEAT_XS).</param>
/// <remarks>Arm ARM C5.5 (TLB maintenance instructions). Those of granule protection tables (PAALL, RPAOS) and the 128-bit TLBIP are not known here.</remarks>
public sealed partial record TlbiOperation(
    string Name, TlbiTarget Target, int Level, bool IsRange, bool IsLastLevel, bool IsOfAllAsids, TlbiReach Reach, bool LeavesXs)
{
    /// <summary>Reads a name.</summary>
    /// <param name="name">As in <c>vale1is</c>; case does not matter, and TLBI may stand before it.</param>
    /// <exception cref="InvalidInputException">There is no such instruction.</exception>
    public static TlbiOperation Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Match match = Form.Match(name.Trim());
        if (!match.Success)
        {
            throw new InvalidInputException($"There is no TLBI instruction {TextFile.Quote(name)}; there are VMALLE1, ASIDE1, VAE1, VALE1, VAALE1IS, RVAE1IS, IPAS2E1IS, ALLE2 and their like.");
        }

        string what = match.Groups["what"].Value.ToUpperInvariant();
        return new TlbiOperation(
            match.Groups["name"].Value.ToUpperInvariant(),
            what.Length == 0 ? (match.Groups["asid"].Success ? TlbiTarget.Asid : TlbiTarget.Everything)
                : what.StartsWith('I') ? TlbiTarget.IntermediateAddress : TlbiTarget.Address,
            match.Groups["level"].Value[0] - '0',
            match.Groups["range"].Success,
            what.EndsWith('L'),
            what.StartsWith("VAA", StringComparison.Ordinal),
            match.Groups["reach"].Value.ToUpperInvariant() switch
            {
                "IS" => TlbiReach.InnerShareable,
                "OS" => TlbiReach.OuterShareable,
                _ => TlbiReach.Local,
            },
            match.Groups["nxs"].Success);
    }

    /// <summary>The instruction of the same kind with another beginning: RVALE1IS beside VALE1IS, VMALLE1IS.</summary>
    /// <param name="beginning">What stands before IS, OS and nXS.</param>
    internal TlbiOperation Sibling(string beginning) => Parse(beginning + Suffix);

    /// <summary>The same for a range, or for one page.</summary>
    internal TlbiOperation ForRange(bool isRange) => isRange == IsRange ? this : Parse(isRange ? $"R{Name}" : Name[1..]);

    /// <summary>What it forgets of which regime, on which CPUs; without the address, which its operand has.</summary>
    internal string Scope => $"in {Regime} on {(Reach switch
    {
        TlbiReach.Local => "this CPU",
        TlbiReach.InnerShareable => "all CPUs of the Inner Shareable domain",
        _ => "all CPUs of the Outer Shareable domain",
    })}{(LeavesXs ? ", without waiting for accesses with XS = 1" : string.Empty)}";

    private string Regime => Target switch
    {
        TlbiTarget.IntermediateAddress => "stage 2 of the current VMID",
        _ when Level == 3 => "EL3",
        _ when Level == 2 => "EL2, or EL2&0",
        _ when Name.StartsWith("ALL", StringComparison.Ordinal) => "EL1&0, both stages, of every VMID",
        _ when Name.StartsWith("VMALLS12", StringComparison.Ordinal) => "EL1&0, both stages, of the current VMID",
        _ when Name.StartsWith("VMALLWS2", StringComparison.Ordinal) => "EL1&0, rights to write of stage 2, of the current VMID",
        _ => "EL1&0 of the current VMID",
    };

    private string Suffix => (Reach switch
    {
        TlbiReach.Local => string.Empty,
        TlbiReach.InnerShareable => "IS",
        _ => "OS",
    }) + (LeavesXs ? "NXS" : string.Empty);

    [GeneratedRegex(
        @"^(tlbi\s+)?(?<name>((?<asid>ASIDE)(?<level>1)|(VMALLE|VMALLS12E|VMALLWS2E)(?<level>1)|ALLE(?<level>[123])|(?<range>R)?((?<what>VAAL?|IPAS2L?)E(?<level>1)|(?<what>VAL?)E(?<level>[123])))(?<reach>IS|OS)?(?<nxs>NXS)?)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form { get; }
}
